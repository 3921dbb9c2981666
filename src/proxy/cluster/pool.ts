// The HTTP/1.1 connections to one host. The one used last is taken first, so that spare ones grow old and leave. Who finds none waits
// in a queue, one connection being opened for each, within the cluster's circuit breaker.
import type { Address } from '../../decide/config/value.ts';
import type { ResetReason } from '../failure.ts';
import type { Resources } from './resources.ts';
import { type ConnectionSettings, UpstreamConnection } from './upstream-connection.ts';

export type Priority = 'default' | 'high';

export interface PoolOwner extends ConnectionSettings {
  readonly resources: Readonly<Record<Priority, Resources>>;
}

export interface PoolWaiter {
  onConnection(connection: UpstreamConnection): void;
  /** No connection will come. */
  onPoolFailure(reason: ResetReason, transport: string): void;
}

export class HostPool {
  readonly owner: PoolOwner;
  readonly address: Address;
  readonly resources: Resources;
  readonly #idle: UpstreamConnection[] = [];
  readonly #all = new Set<UpstreamConnection>();
  readonly #waiting: PoolWaiter[] = [];
  #connecting = 0;
  #drained = false;

  constructor(owner: PoolOwner, address: Address, priority: Priority) {
    this.owner = owner;
    this.address = address;
    this.resources = owner.resources[priority];
  }

  get connections(): number {
    return this.#all.size;
  }

  /** Hands a connection to the waiter, at once or later, or tells it that there will be none. */
  acquire(waiter: PoolWaiter): void {
    const { stats, config } = this.owner;
    // What is to be encrypted never leaves in plain text.
    if (config.tls !== undefined) return waiter.onPoolFailure('local connection failure', 'TLS_is_not_supported');
    const connection = this.#idle.pop();
    if (connection) {
      if (this.resources.requests < this.resources.limits.maxRequests) return waiter.onConnection(connection);
      this.#idle.push(connection);
      stats.counters.upstream_rq_pending_overflow++;
      return waiter.onPoolFailure('overflow', '');
    }
    const { limits } = this.resources;
    if (this.resources.pending >= limits.maxPendingRequests || this.resources.requests >= limits.maxRequests) {
      stats.counters.upstream_rq_pending_overflow++;
      return waiter.onPoolFailure('overflow', '');
    }
    this.#waiting.push(waiter);
    this.#countPending(1);
    stats.counters.upstream_rq_pending_total++;
    if (this.#connecting < this.#waiting.length) this.#connect();
  }

  /** The waiter no longer wants a connection. What is being opened stays for others. */
  cancel(waiter: PoolWaiter): void {
    const at = this.#waiting.indexOf(waiter);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#countPending(-1);
    this.owner.stats.counters.upstream_rq_cancelled++;
  }

  /** A host always gets a first connection, as with Envoy, lest it starve beside others. */
  #connect(): void {
    const { stats } = this.owner;
    if (this.resources.connections >= this.resources.limits.maxConnections) {
      stats.counters.upstream_cx_overflow++;
      if (this.#all.size > 0) return;
    }
    const connection = new UpstreamConnection(this.owner, this.address, this);
    this.#all.add(connection);
    this.#connecting += 1;
    this.resources.connections += 1;
    stats.gauges.upstream_cx_active++;
    stats.counters.upstream_cx_total++;
    stats.counters.upstream_cx_http1_total++;
  }

  /** From the connection: open, or free again after a request. */
  onReady(connection: UpstreamConnection, justConnected: boolean): void {
    if (justConnected) this.#connecting -= 1;
    const waiter = this.#waiting.shift();
    if (!waiter) {
      if (this.#drained) connection.close();
      else this.#idle.push(connection);
      return;
    }
    this.#countPending(-1);
    waiter.onConnection(connection);
  }

  /** From the connection: it never opened. All who wait learn it, rather than to be stuck behind a host that is not there. */
  onConnectFailure(connection: UpstreamConnection, reason: ResetReason, transport: string): void {
    this.#connecting -= 1;
    this.#forget(connection);
    const { counters } = this.owner.stats;
    counters.upstream_cx_connect_fail++;
    const waiting = this.#waiting.splice(0);
    this.#countPending(-waiting.length);
    counters.upstream_rq_pending_failure_eject += waiting.length;
    for (const waiter of waiting) waiter.onPoolFailure(reason, transport);
  }

  onClosed(connection: UpstreamConnection): void {
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#forget(connection);
    if (this.#connecting < this.#waiting.length) this.#connect();
  }

  /** The host is gone. Who waits is still served; after that nobody would come for a connection. */
  drain(): void {
    this.#drained = true;
    for (const connection of this.#idle.splice(0)) connection.close();
    for (const connection of this.#all) connection.lastRequest = true;
  }

  #forget(connection: UpstreamConnection): void {
    if (!this.#all.delete(connection)) return;
    this.resources.connections -= 1;
    this.owner.stats.gauges.upstream_cx_active--;
    this.owner.stats.counters.upstream_cx_destroy++;
  }

  #countPending(by: number): void {
    this.resources.pending += by;
    this.owner.stats.gauges.upstream_rq_pending_active += by;
  }
}
