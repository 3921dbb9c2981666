// What happens to a request that a route is for.
import type { HeaderOperations } from './header-operations.ts';
import type { PerFilterConfigs } from './http-filter.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { RegexRewrite } from './string-match.ts';
import type { Fraction, Metadata } from './value.ts';

export type RouteAction = ForwardAction | RedirectAction | DirectResponseAction | { readonly kind: 'non-forwarding' };

export interface ForwardAction {
  readonly kind: 'forward';
  readonly target: RouteTarget;
  /** Answered when the cluster does not exist. */
  readonly clusterNotFoundStatus: 503 | 404 | 500;
  readonly pathRewrite: PathRewrite | undefined;
  readonly hostRewrite: HostRewrite | undefined;
  /** The host that was asked for goes into `x-forwarded-host` when it is rewritten. */
  readonly appendXForwardedHost: boolean;
  /** For the whole response, retries included, from the end of the request; 0: none. Default 15 s. */
  readonly timeoutMs: number;
  /** undefined: the connection manager's; 0: none. */
  readonly idleTimeoutMs: number | undefined;
  readonly maxStreamDuration: MaxStreamDuration | undefined;
  /** A client's `grpc-timeout` stands instead of `timeoutMs`, up to this; 0: whatever it says; undefined: it is not looked at. */
  readonly maxGrpcTimeoutMs: number | undefined;
  /** Taken off what the client's `grpc-timeout` says. */
  readonly grpcTimeoutOffsetMs: number | undefined;
  /** undefined: the virtual host's, if it has one. */
  readonly retryPolicy: RetryPolicy | undefined;
  /** Empty: the virtual host's, if it has any. */
  readonly mirrors: readonly MirrorPolicy[];
  readonly hashPolicies: readonly HashPolicy[];
  readonly priority: 'default' | 'high';
  /** By lower-cased type (`websocket`): overrides what the connection manager allows. */
  readonly upgrades: ReadonlyMap<string, { readonly enabled: boolean; readonly connect: ConnectConfig | undefined }>;
  /** Only endpoints with these `envoy.lb` labels; undefined: any. */
  readonly metadataMatch: Metadata | undefined;
}

export interface ConnectConfig {
  readonly allowPost: boolean;
}

export type RouteTarget =
  | { readonly kind: 'cluster'; readonly cluster: string }
  | { readonly kind: 'cluster-header'; readonly header: string }
  | WeightedClusters;

export interface WeightedClusters {
  readonly kind: 'weighted-clusters';
  readonly clusters: readonly WeightedCluster[];
  /** The sum of the weights, above 0. */
  readonly totalWeight: number;
  /** The request header whose decimal value stands instead of a random number. */
  readonly randomValueHeader: string | undefined;
}

export interface WeightedCluster {
  readonly target:
    | { readonly kind: 'cluster'; readonly cluster: string }
    | { readonly kind: 'cluster-header'; readonly header: string };
  readonly weight: number;
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
  readonly hostRewriteLiteral: string | undefined;
  readonly perFilter: PerFilterConfigs;
  readonly metadataMatch: Metadata | undefined;
}

/** `prefix` replaces what the match's prefix (or whole path) matched. Both leave the query alone. */
export type PathRewrite =
  | { readonly kind: 'prefix'; readonly value: string }
  | ({ readonly kind: 'regex' } & RegexRewrite);

/** `auto`: the chosen endpoint's host name, for clusters by DNS. `path-regex`: the path (without query) after substitution. */
export type HostRewrite =
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'auto' }
  | { readonly kind: 'header'; readonly header: string }
  | ({ readonly kind: 'path-regex' } & RegexRewrite);

/** 0: no limit; undefined: not set. */
export interface MaxStreamDuration {
  readonly maxMs: number | undefined;
  readonly grpcTimeoutHeaderMaxMs: number | undefined;
  readonly grpcTimeoutHeaderOffsetMs: number | undefined;
}

export interface MirrorPolicy {
  readonly target:
    | { readonly kind: 'cluster'; readonly cluster: string }
    | { readonly kind: 'cluster-header'; readonly header: string };
  /** undefined: every request. */
  readonly fraction: Fraction | undefined;
  readonly traceSampled: boolean | undefined;
  /** If not, the mirrored request's host gets `-shadow` before its port. */
  readonly disableHostSuffix: boolean;
}

/** `terminal`: no later policy is asked once there is a hash. */
export type HashPolicy = { readonly terminal: boolean } & HashSource;

export type HashSource =
  | { readonly kind: 'header'; readonly header: string; readonly rewrite: RegexRewrite | undefined }
  | {
      readonly kind: 'cookie';
      readonly cookie: string;
      /** undefined: no cookie is made; 0: one for the session. */
      readonly ttlMs: number | undefined;
      readonly path: string;
      readonly attributes: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly kind: 'source-ip' }
  | { readonly kind: 'query-parameter'; readonly name: string };

export interface RedirectAction {
  readonly kind: 'redirect';
  readonly scheme: { readonly kind: 'https' } | { readonly kind: 'scheme'; readonly value: string } | undefined;
  /** Empty: the request's. */
  readonly host: string;
  /** 0: the request's, or none where the scheme changes. */
  readonly port: number;
  readonly path:
    | { readonly kind: 'path'; readonly value: string }
    | { readonly kind: 'prefix'; readonly value: string }
    | ({ readonly kind: 'regex' } & RegexRewrite)
    | undefined;
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly stripQuery: boolean;
}

export interface DirectResponseAction {
  readonly kind: 'direct-response';
  readonly status: number;
  /** undefined: no body. */
  readonly body: Uint8Array | undefined;
}
