// What balancing needs to know of a host. The proxy's own host objects fit it.
import type { Endpoint } from '../config/endpoint.ts';

export interface BalanceHost {
  /** The newest settings; weights are at least 1. */
  readonly endpoint: Pick<Endpoint, 'weight' | 'health' | 'hostname'> & Partial<Pick<Endpoint, 'metadata'>>;
  readonly activeRequests: number;
  /** `ip:port`: what hash rings go by. */
  readonly key: string;
}

/** Draws from [0, 1). */
export type Random = () => number;

/** Picks among a fixed list of hosts; made anew when the list or a weight changes. */
export interface Picker<H> {
  pick(random: Random, hash: bigint | undefined): H | undefined;
}
