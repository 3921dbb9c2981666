// Settings of the HTTP connection manager, defaults filled in. Times in ms; 0 switches a limit off unless said otherwise.
import type { AccessLog } from './access-log.ts';
import type { HttpFilter } from './http-filter.ts';
import type { RouteConfig } from './route.ts';
import type { CidrRange } from './value.ts';

export interface HttpConnectionManager {
  readonly statPrefix: string;
  readonly codec: 'auto' | 'http1' | 'http2';
  readonly routes:
    | { readonly kind: 'rds'; readonly name: string }
    | { readonly kind: 'inline'; readonly config: RouteConfig };
  /** In the order of the request; the last one is the router. */
  readonly filters: readonly HttpFilter[];
  readonly path: PathNormalization;
  readonly trust: ClientTrust;
  readonly requestId: RequestIdSettings;
  readonly timeouts: DownstreamTimeouts;
  readonly http1: Http1Options;
  /** Longer heads are answered with 431. */
  readonly maxRequestHeadersKb: number;
  readonly maxHeadersCount: number;
  /** The connection is closed after so many requests; 0: no limit. */
  readonly maxRequestsPerConnection: number;
  readonly headersWithUnderscores: 'allow' | 'reject-request' | 'drop-header';
  /** A malformed request closes only its stream (true) or the connection. */
  readonly streamErrorOnInvalidMessage: boolean;
  readonly serverName: string;
  readonly serverHeader: 'overwrite' | 'append-if-absent' | 'pass-through';
  /** Sets the request's scheme; undefined: as the transport says. */
  readonly schemeOverwrite: string | undefined;
  /** Appended to `via`; empty: none. */
  readonly via: string;
  /** By lower-cased type: `websocket`. */
  readonly upgrades: ReadonlyMap<string, { readonly enabled: boolean }>;
  /** `100 Continue` comes from the upstream instead of from here. */
  readonly proxy100Continue: boolean;
  /** Samplings in percent. Without a provider nothing is recorded, but trace headers and decorators are handled. */
  readonly tracing:
    | { readonly clientPercent: number; readonly randomPercent: number; readonly overallPercent: number }
    | undefined;
  readonly accessLogs: readonly AccessLog[];
}

export interface PathNormalization {
  /** RFC 3986: dot segments, case of escapes. */
  readonly normalize: boolean;
  readonly mergeSlashes: boolean;
  readonly escapedSlashes: 'keep' | 'reject' | 'unescape-and-redirect' | 'unescape-and-forward';
  readonly stripPort: 'no' | 'matching' | 'any';
  readonly stripTrailingHostDot: boolean;
}

export interface ClientTrust {
  /** The connection's address is the client's: `x-forwarded-for` is appended to and trusted only for the hops. */
  readonly useRemoteAddress: boolean;
  readonly xffNumTrustedHops: number;
  readonly skipXffAppend: boolean;
  /** Addresses whose requests count as internal. */
  readonly internalRanges: readonly CidrRange[];
  readonly internalUnixSockets: boolean;
  /** What happens to `x-forwarded-client-cert`. */
  readonly forwardClientCert: 'sanitize' | 'forward-only' | 'append-forward' | 'sanitize-set' | 'always-forward-only';
  readonly clientCertDetails: {
    readonly subject: boolean;
    readonly cert: boolean;
    readonly chain: boolean;
    readonly dns: boolean;
    readonly uri: boolean;
  };
}

export interface RequestIdSettings {
  readonly generate: boolean;
  /** An edge request's own `x-request-id` is kept. */
  readonly preserveExternal: boolean;
  readonly alwaysSetInResponse: boolean;
  /** The trace decision is written into the id's version digit. */
  readonly packTraceReason: boolean;
  readonly useForTraceSampling: boolean;
}

export interface DownstreamTimeouts {
  /** Without any active request; default one hour. */
  readonly connectionIdleMs: number;
  readonly maxConnectionDurationMs: number;
  /** Without a byte in either direction while a request is active; default 5 minutes. */
  readonly streamIdleMs: number;
  /** From the first byte until the request's end. */
  readonly requestMs: number;
  /** From the first byte until the end of the head. */
  readonly requestHeadersMs: number;
  readonly maxStreamDurationMs: number;
  /** Between the announcement that a connection will close and closing it; default 5 s. */
  readonly drainMs: number;
  /** How long after the last byte a connection with unread input stays open; default 1 s. */
  readonly delayedCloseMs: number;
}

export interface Http1Options {
  readonly allowAbsoluteUrl: boolean;
  readonly acceptHttp10: boolean;
  readonly defaultHostForHttp10: string;
  readonly headerCase: 'lower' | 'proper' | 'preserve';
  readonly enableTrailers: boolean;
  /** Content-Length beside chunked is dropped instead of refused. */
  readonly allowChunkedLength: boolean;
}
