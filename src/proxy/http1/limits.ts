// What one HTTP/1.1 message may take of us. Nothing is ever cut short: what is longer is refused.

export interface Http1Limits {
  /** Start line, names, values and what separates them, up to and with the empty line. Trailers have the same limit for themselves. */
  readonly maxHeadBytes: number;
  readonly maxHeaders: number;
  /** Of the request target as sent. */
  readonly maxUrlBytes: number;
  /** Sum over one message: they are read and dropped (RFC 9112 section 7.1.1). */
  readonly maxChunkExtensionBytes: number;
  /** Otherwise HTTP/1.0 requests are answered with 426, as Envoy does by default. */
  readonly acceptHttp10: boolean;
}

/** Of an upstream's answer: Envoy's MAX_RESPONSE_HEADERS_KB. */
export const maxResponseHeadBytes: number = 80 << 10;

/** Envoy's defaults, where Envoy has the limit. */
export const defaultLimits: Http1Limits = {
  maxHeadBytes: 60 << 10,
  maxHeaders: 100,
  maxUrlBytes: 60 << 10,
  maxChunkExtensionBytes: 16 << 10,
  acceptHttp10: true,
};
