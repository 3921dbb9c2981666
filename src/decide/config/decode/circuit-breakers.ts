// Decodes how much a cluster may be asked at once.
import {
  type CircuitBreakers,
  CircuitBreakers_ThresholdsSchema,
  CircuitBreakersSchema,
  type CircuitBreakers_Thresholds,
} from '../../../proto/gen/envoy/config/cluster/v3/circuit_breaker_pb.ts';
import { RoutingPriority } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import type { CircuitBreakerLimits, ClusterConfig } from '../cluster.ts';
import type { Cursor } from './cursor.ts';
import { notYet, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { enumName, percentValue } from './value.ts';

const check = knownFields(CircuitBreakersSchema, { read: ['thresholds'] });
const checkThresholds = knownFields(CircuitBreakers_ThresholdsSchema, {
  read: [
    'priority',
    'maxConnections',
    'maxPendingRequests',
    'maxRequests',
    'maxRetries',
    'retryBudget',
    'trackRemaining',
    'maxConnectionPools',
  ],
});

const priorities = { [RoutingPriority.DEFAULT]: 'default', [RoutingPriority.HIGH]: 'high' } as const;

export function circuitBreakers(message: CircuitBreakers | undefined, at: Cursor): ClusterConfig['circuitBreakers'] {
  if (message !== undefined) check(message, at);
  const found: { default?: CircuitBreakerLimits; high?: CircuitBreakerLimits } = {};
  for (const [index, thresholds] of (message?.thresholds ?? []).entries()) {
    const where = under(under(at, 'thresholds'), index);
    checkThresholds(thresholds, where);
    if (thresholds.maxConnectionPools !== undefined) notYet(under(where, 'max_connection_pools'), 'a limit of pools');
    // The first of a priority counts.
    found[enumName(priorities, thresholds.priority, under(where, 'priority'))] ??= limits(thresholds, where);
  }
  return { default: found.default ?? limits(undefined, at), high: found.high ?? limits(undefined, at) };
}

function limits(message: CircuitBreakers_Thresholds | undefined, at: Cursor): CircuitBreakerLimits {
  const budget = message?.retryBudget;
  return {
    maxConnections: message?.maxConnections ?? 1024,
    maxPendingRequests: message?.maxPendingRequests ?? 1024,
    maxRequests: message?.maxRequests ?? 1024,
    maxRetries: message?.maxRetries ?? 3,
    maxConnectionPools: message?.maxConnectionPools ?? Number.POSITIVE_INFINITY,
    retryBudget: budget && {
      percent: percentValue(budget.budgetPercent, 20, under(under(at, 'retry_budget'), 'budget_percent')),
      minConcurrency: budget.minRetryConcurrency ?? 3,
    },
    trackRemaining: message?.trackRemaining ?? false,
  };
}
