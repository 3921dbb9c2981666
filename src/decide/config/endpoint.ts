// The endpoints of a cluster: by priority and locality.
import type { Address, Metadata } from './value.ts';

export interface LoadAssignment {
  readonly cluster: string;
  readonly localities: readonly LocalityEndpoints[];
  /** Capacity that is assumed beyond what healthy hosts have, in percent; default 140. */
  readonly overprovisioningPercent: number;
  /** Requests are dropped at these shares before balancing. */
  readonly drops: readonly { readonly category: string; readonly numerator: number; readonly denominator: number }[];
}

export interface LocalityEndpoints {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
  /** 0 is tried first. */
  readonly priority: number;
  /** Counts only with locality-weighted balancing; undefined: none. */
  readonly weight: number | undefined;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly address: Address;
  /** For clusters by DNS, and for `auto` host rewrite; empty: none. */
  readonly hostname: string;
  /** At least 1. */
  readonly weight: number;
  /** `draining` is unhealthy too, but no capacity that is missed. */
  readonly health: 'healthy' | 'degraded' | 'unhealthy' | 'draining';
  readonly metadata: Metadata;
}
