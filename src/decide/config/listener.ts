// A listener: address, inspection of the first bytes, filter chains. Times in ms.
import type { AccessLog } from './access-log.ts';
import type { HttpConnectionManager } from './http-connection-manager.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import type { DownstreamTls } from './tls.ts';
import type { Address, CidrRange, Metadata } from './value.ts';

export interface ListenerConfig {
  readonly name: string;
  readonly address: Address;
  /** False: connections come only by hand-over from a listener with `useOriginalDst`. */
  readonly bindToPort: boolean;
  /** A connection goes to the listener of its original destination, if there is one. */
  readonly useOriginalDst: boolean;
  readonly direction: 'unspecified' | 'inbound' | 'outbound';
  readonly listenerFilters: readonly ListenerFilter[];
  /** For all listener filters together; 0: none. Default 15 s. */
  readonly listenerFiltersTimeoutMs: number;
  /** After that timeout: go on with what is known (true) or close. */
  readonly continueOnListenerFiltersTimeout: boolean;
  readonly filterChains: readonly FilterChain[];
  readonly defaultFilterChain: FilterChain | undefined;
  /** High-water mark of a connection's buffers, in bytes; default 1 MiB. */
  readonly perConnectionBufferLimitBytes: number;
  readonly tcpBacklogSize: number;
  readonly reusePort: boolean;
  readonly accessLogs: readonly AccessLog[];
  readonly metadata: Metadata;
}

export interface ListenerFilter {
  readonly kind: 'original-dst' | 'tls-inspector' | 'http-inspector';
  readonly disabledWhen: PortPredicate | undefined;
}

/** On the connection's (original) destination port: start <= port < end. */
export type PortPredicate =
  | { readonly kind: 'port-range'; readonly start: number; readonly end: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'not'; readonly rule: PortPredicate }
  | { readonly kind: 'and' | 'or'; readonly rules: readonly PortPredicate[] };

export interface FilterChain {
  readonly name: string;
  readonly match: FilterChainMatch;
  /** What serves the connection. Filters before the serving one do not exist yet. */
  readonly filter: NetworkFilter;
  /** undefined: plain text. */
  readonly tls: DownstreamTls | undefined;
  /** For the handshake; 0: none. */
  readonly transportSocketConnectTimeoutMs: number;
  readonly metadata: Metadata;
}

export type NetworkFilter =
  | { readonly kind: 'http-connection-manager'; readonly name: string; readonly config: HttpConnectionManager }
  | { readonly kind: 'tcp-proxy'; readonly name: string; readonly config: TcpProxy };

/** An empty list or undefined matches anything. Order of precedence: as Envoy documents it for FilterChainMatch. */
export interface FilterChainMatch {
  readonly destinationPort: number | undefined;
  readonly prefixRanges: readonly CidrRange[];
  /** Lower-cased; `*.a.b` matches any host below. */
  readonly serverNames: readonly string[];
  /** `raw_buffer` or `tls`; empty: any. */
  readonly transportProtocol: string;
  readonly applicationProtocols: readonly string[];
  readonly directSourcePrefixRanges: readonly CidrRange[];
  readonly sourceType: 'any' | 'same-ip-or-loopback' | 'external';
  readonly sourcePrefixRanges: readonly CidrRange[];
  readonly sourcePorts: readonly number[];
}
