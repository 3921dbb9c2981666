// Injected faults: the fault filter's settings.
import type { HeaderMatch } from './string-match.ts';
import type { Fraction } from './value.ts';

export interface FaultConfig {
  readonly delay: FaultDelay | undefined;
  readonly abort: FaultAbort | undefined;
  /** Only for requests to this cluster; empty: any. */
  readonly upstreamCluster: string;
  /** All have to match. */
  readonly headers: readonly HeaderMatch[];
  /** Only for requests whose `x-envoy-downstream-service-node` is one of these; none: any. */
  readonly downstreamNodes: readonly string[];
  /** At most so many faults at once; undefined: no limit. */
  readonly maxActiveFaults: number | undefined;
}

export interface FaultDelay {
  readonly percentage: Fraction;
  readonly by: { readonly kind: 'fixed'; readonly delayMs: number } | { readonly kind: 'header' };
}

export interface FaultAbort {
  readonly percentage: Fraction;
  readonly by:
    | { readonly kind: 'http'; readonly status: number }
    | { readonly kind: 'grpc'; readonly status: number }
    | { readonly kind: 'header' };
}
