// Whether a cluster's circuit breaker lets one more retry through.
import type { CircuitBreakerLimits } from './config/cluster.ts';

export interface RetryLoad {
  /** Requests under way and those waiting for a connection. */
  readonly activeRequests: number;
  readonly pendingRequests: number;
  readonly activeRetries: number;
}

export function retryAllowed(limits: CircuitBreakerLimits, load: RetryLoad): boolean {
  return load.activeRetries < maxRetries(limits, load);
}

/** A budget grows with the load. */
function maxRetries({ maxRetries: fixed, retryBudget }: CircuitBreakerLimits, load: RetryLoad): number {
  if (retryBudget === undefined) return fixed;
  const active = load.activeRequests + load.pendingRequests;
  return Math.max(Math.floor((retryBudget.percent / 100) * active), retryBudget.minConcurrency);
}
