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

  /** With a budget: a share of what is under way, and never fewer than its floor. */
  mayRetry(): boolean {
    const budget = this.limits.retryBudget;
    if (!budget) return this.retries < this.limits.maxRetries;
    const share = Math.floor((budget.percent / 100) * (this.requests + this.pending));
    return this.retries < Math.max(share, budget.minConcurrency);
  }
}
