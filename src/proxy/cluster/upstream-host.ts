// One endpoint of a cluster as the proxy holds it: where it is, how busy it is, and its connections.
import type { Endpoint } from '../../decide/config/endpoint.ts';
import type { Address } from '../../decide/config/value.ts';
import { hostPort } from '../../lib/socket-address.ts';
import { HostPool, type PoolOwner } from './pool.ts';

export class UpstreamHost {
  readonly key: string;
  readonly address: Address;
  /** The newest settings: weight, health, metadata. The address stays. */
  endpoint: Endpoint;
  priority: number;
  activeRequests = 0;
  readonly pools: { readonly default: HostPool; readonly high: HostPool };

  constructor(owner: PoolOwner, endpoint: Endpoint, priority = 0) {
    this.endpoint = endpoint;
    this.priority = priority;
    this.address = endpoint.address;
    this.key = addressText(endpoint.address);
    this.pools = {
      default: new HostPool(owner, this.address, 'default'),
      high: new HostPool(owner, this.address, 'high'),
    };
  }

  /** Idle connections go at once, others after their request. */
  drain(): void {
    this.pools.default.drain();
    this.pools.high.drain();
  }
}

export function addressText(address: Address): string {
  return address.kind === 'pipe' ? address.path : hostPort(address.host, address.port);
}
