// What requests of one priority use of a cluster, against its circuit breaker.
import type { CircuitBreakerLimits } from '../../decide/config/cluster.ts';

export class Resources {
  readonly limits: CircuitBreakerLimits;
  connections = 0;
  pending = 0;
  requests = 0;
  retries = 0;

  constructor(limits: CircuitBreakerLimits) {
    this.limits = limits;
  }
}
