// A cluster: how its endpoints are found and chosen, and how they are talked to. Times in ms.
import type { LoadAssignment } from './endpoint.ts';
import type { UpstreamTls } from './tls.ts';
import type { Address, Metadata } from './value.ts';

export interface ClusterConfig {
  readonly name: string;
  /** Used in statistics instead of the name; the name itself if none was set. */
  readonly statName: string;
  readonly discovery: Discovery;
  readonly loadBalancer: LoadBalancer;
  readonly commonLb: CommonLbConfig;
  readonly connectTimeoutMs: number;
  readonly circuitBreakers: { readonly default: CircuitBreakerLimits; readonly high: CircuitBreakerLimits };
  readonly http: UpstreamHttpOptions;
  /** Connections come from this address. */
  readonly bindAddress: Address | undefined;
  /** undefined: plain text. A proxy that cannot encrypt must not send at all. */
  readonly tls: UpstreamTls | undefined;
  readonly perConnectionBufferLimitBytes: number;
  readonly tcpKeepalive: { readonly timeS: number; readonly intervalS: number; readonly probes: number } | undefined;
  readonly metadata: Metadata;
}

export type Discovery =
  | { readonly kind: 'eds'; readonly serviceName: string }
  | { readonly kind: 'static'; readonly assignment: LoadAssignment }
  | { readonly kind: 'strict-dns' | 'logical-dns'; readonly assignment: LoadAssignment; readonly dns: DnsSettings }
  | {
      readonly kind: 'original-dst';
      /** The header that may name the address instead, lower-cased. */
      readonly addressHeader: string | undefined;
      /** Stands instead of the original destination's port. */
      readonly portOverride: number | undefined;
      /** Unused hosts are forgotten after this. */
      readonly cleanupIntervalMs: number;
    };

export interface DnsSettings {
  readonly lookupFamily: 'auto' | 'v4-only' | 'v6-only' | 'v4-preferred' | 'all';
  readonly refreshRateMs: number;
  readonly failureRefresh: { readonly baseMs: number; readonly maxMs: number } | undefined;
  readonly respectTtl: boolean;
}

export type LoadBalancer =
  | { readonly kind: 'round-robin'; readonly slowStart: SlowStart | undefined }
  | {
      readonly kind: 'least-request';
      readonly choiceCount: number;
      readonly activeRequestBias: number;
      readonly slowStart: SlowStart | undefined;
    }
  | { readonly kind: 'random' }
  | {
      readonly kind: 'ring-hash';
      readonly minimumRingSize: number;
      readonly maximumRingSize: number;
      readonly hash: 'xx-hash' | 'murmur-hash-2';
      readonly useHostname: boolean;
      readonly hashBalanceFactor: number;
    }
  | {
      readonly kind: 'maglev';
      readonly tableSize: number;
      readonly useHostname: boolean;
      readonly hashBalanceFactor: number;
    }
  /** The cluster says itself: where the connection was going. */
  | { readonly kind: 'cluster-provided' };

export interface SlowStart {
  readonly windowMs: number;
  readonly aggression: number;
  readonly minWeightPercent: number;
}

export interface CommonLbConfig {
  /** Below this share of healthy hosts all are used, in percent; 0: never. Default 50. */
  readonly healthyPanicPercent: number;
  readonly localityWeighted: boolean;
  readonly closeConnectionsOnHostSetChange: boolean;
}

/** Envoy's defaults: 1024, 1024, 1024, 3, no limit of pools. */
export interface CircuitBreakerLimits {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
  readonly maxConnectionPools: number;
  /** Share of active requests that may be retries, in percent; stands instead of `maxRetries`. */
  readonly retryBudget: { readonly percent: number; readonly minConcurrency: number } | undefined;
  readonly trackRemaining: boolean;
}

export interface UpstreamHttpOptions {
  /** `downstream`: whatever the client of the proxy speaks. */
  readonly protocol: 'http1' | 'http2' | 'downstream' | 'auto';
  /** Of a pooled connection without requests; 0: none. Default one hour. */
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  /** 0: no limit. */
  readonly maxRequestsPerConnection: number;
  readonly maxStreamDurationMs: number;
  readonly maxResponseHeadersCount: number;
  readonly headerCase: 'lower' | 'proper' | 'preserve';
  readonly enableTrailers: boolean;
  readonly allowChunkedLength: boolean;
  readonly http2: Http2Options;
  /** The TLS server name and the expected certificate name are the request's host. */
  readonly autoSni: boolean;
  readonly autoSanValidation: boolean;
}

export interface Http2Options {
  readonly maxConcurrentStreams: number;
  readonly initialStreamWindowBytes: number;
  readonly initialConnectionWindowBytes: number;
}
