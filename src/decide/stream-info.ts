// What is known of a stream besides its headers: addresses, times, the outcome. Formats, hashes and TLS conditions read it.
// The proxy's own stream object may implement it directly; whatever is undefined prints as `-`.

export interface DownstreamTlsInfo {
  readonly presented: boolean;
  readonly validated: boolean;
  readonly version?: string | undefined;
  readonly cipher?: string | undefined;
  readonly subject?: string | undefined;
  readonly uriSan?: string | undefined;
  readonly dnsSan?: string | undefined;
}

/** Addresses are `ip:port`, IPv6 in brackets. Times in ms; `...Ms` marks count from the start of the request. */
export interface StreamInfo {
  readonly downstreamRemoteAddress: string | undefined;
  readonly downstreamDirectRemoteAddress?: string | undefined;
  readonly downstreamLocalAddress?: string | undefined;
  readonly downstreamTls?: DownstreamTlsInfo | undefined;
  readonly requestedServerName?: string | undefined;
  readonly connectionId?: number | undefined;
  /** `HTTP/1.1`; undefined for TCP. */
  readonly protocol?: string | undefined;
  /** Since the epoch, with fractions if known. */
  readonly startTimeMs?: number | undefined;
  readonly requestReceivedMs?: number | undefined;
  readonly requestSentMs?: number | undefined;
  readonly responseFirstByteMs?: number | undefined;
  readonly responseReceivedMs?: number | undefined;
  readonly durationMs?: number | undefined;
  /** 0 while there is none. */
  readonly responseCode?: number | undefined;
  /** What the response's head says, where that differs: of an answer in the making. 0: none. */
  readonly headStatus?: number | undefined;
  readonly responseCodeDetails?: string | undefined;
  /** Envoy's short flags, joined by commas; empty: none. */
  readonly responseFlags?: string | undefined;
  readonly responseFlagsLong?: string | undefined;
  readonly connectionTerminationDetails?: string | undefined;
  readonly upstreamTransportFailureReason?: string | undefined;
  readonly bytesReceived?: number | undefined;
  readonly bytesSent?: number | undefined;
  readonly upstreamHost?: string | undefined;
  readonly upstreamHostName?: string | undefined;
  readonly upstreamLocalAddress?: string | undefined;
  readonly upstreamCluster?: string | undefined;
  readonly upstreamConnectionId?: number | undefined;
  readonly upstreamProtocol?: string | undefined;
  readonly attemptCount?: number | undefined;
  readonly routeName?: string | undefined;
  readonly filterChainName?: string | undefined;
  readonly listenerName?: string | undefined;
  readonly hostname?: string | undefined;
  /** A v4 UUID of this stream. */
  readonly uniqueId?: string | undefined;
}
