// Between a failed try and the next: asks whether there may be one, counts it against the cluster's limits, and waits.
import type { HeaderMap } from '../../decide/header-map.ts';
import {
  type RetryDecision,
  retryOnReset,
  retryOnResponse,
  type RetryReason,
  type RetryState,
} from '../../decide/retry.ts';
import { retryAllowed } from '../../decide/retry-limit.ts';
import { Timer, type TimerOwner, type TimerWheel } from '../../lib/timer-wheel.ts';
import type { ClusterHandle } from '../cluster/cluster.ts';
import type { Priority } from '../cluster/pool.ts';
import type { Resources } from '../cluster/resources.ts';
import type { ResetReason } from '../failure.ts';

const retryReasons: Readonly<Record<ResetReason, RetryReason>> = {
  'connection termination': 'connection-termination',
  'remote connection failure': 'connect-failure',
  'local connection failure': 'connect-failure',
  'connection timeout': 'connect-timeout',
  overflow: 'overflow',
  'protocol error': 'protocol-error',
  'remote reset': 'remote-reset',
  'local reset': 'local-reset',
  // Never asked for: such a request is not tried again.
  'internal error': 'local-reset',
};

interface Surroundings {
  readonly timers: TimerWheel;
  readonly random: () => number;
}

export class RetryGate {
  readonly #cluster: ClusterHandle;
  readonly #resources: Resources;
  readonly #around: Surroundings;
  #timer: Timer | undefined;
  /** A retry waits or is under way, and counts as one. */
  #held = false;

  constructor(cluster: ClusterHandle, priority: Priority, around: Surroundings) {
    this.#cluster = cluster;
    this.#resources = cluster.resources[priority];
    this.#around = around;
  }

  onResponse(state: RetryState, status: number, headers: HeaderMap): RetryDecision {
    return this.#count(retryOnResponse(state, status, headers, this.#inputs()));
  }

  onReset(state: RetryState, reason: ResetReason, requestSent: boolean): RetryDecision {
    return this.#count(retryOnReset(state, retryReasons[reason], requestSent, this.#inputs()));
  }

  #inputs() {
    this.#letGo(false);
    const { limits, requests, pending, retries } = this.#resources;
    const load = { activeRequests: requests, pendingRequests: pending, activeRetries: retries };
    return { canRetry: retryAllowed(limits, load), nowMs: Date.now(), random: this.#around.random };
  }

  #count(decision: RetryDecision): RetryDecision {
    const { counters } = this.#cluster.stats;
    if (decision.kind === 'retry') counters.upstream_rq_retry++;
    else if (decision.reason === 'overflow') counters.upstream_rq_retry_overflow++;
    else if (decision.reason === 'limit-exceeded') counters.upstream_rq_retry_limit_exceeded++;
    else if (this.#timer) counters.upstream_rq_retry_success++;
    return decision;
  }

  wait(delayMs: number, again: () => void, owner: TimerOwner): void {
    this.#held = true;
    this.#resources.retries += 1;
    this.#cluster.stats.counters.upstream_rq_retry_backoff_exponential++;
    this.#timer = new Timer(again, owner);
    this.#around.timers.start(this.#timer, delayMs);
  }

  /** There is an answer to hand on. */
  onFinal(): void {
    this.#letGo(false);
  }

  close(): void {
    this.#letGo(true);
  }

  #letGo(stop: boolean): void {
    if (this.#held) this.#resources.retries -= 1;
    this.#held = false;
    if (stop && this.#timer) this.#around.timers.stop(this.#timer);
  }
}
