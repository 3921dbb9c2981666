// Counts updates by Envoy's names: `cluster_manager.cds.update_success`, `http.PREFIX.rds.NAME.update_rejected`... Those of endpoints
// are told with their clusters.
import type { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import {
  countReload,
  countUpdate,
  type ReloadStats,
  reloadStats,
  type SubscriptionStats,
  subscriptionStats,
} from '../../telemetry/metrics/subscription-stats.ts';
import type { Refusals, Update } from './resource-types.ts';

interface Counted {
  readonly updates: SubscriptionStats;
  readonly reloads: ReloadStats | undefined;
}

export class UpdateStats {
  readonly #metrics: MetricsRegistry;
  readonly #byKind: Readonly<Record<'cluster' | 'listener', Counted>>;
  readonly #routes = new Map<string, Counted>();
  readonly #controlPlane = { prefix: 'control_plane', counters: {}, gauges: { connected_state: 0 } };

  constructor(metrics: MetricsRegistry) {
    this.#metrics = metrics;
    this.#byKind = {
      cluster: this.#add('cluster_manager.cds', true),
      listener: this.#add('listener_manager.lds', false),
    };
    metrics.add(this.#controlPlane);
  }

  #add(prefix: string, hasReloads: boolean): Counted {
    const updates = this.#metrics.add(subscriptionStats(prefix));
    return { updates, reloads: hasReloads ? this.#metrics.add(reloadStats(prefix)) : undefined };
  }

  updated(kind: 'cluster' | 'listener', refusals: Refusals, tookMs: number): void {
    count(this.#byKind[kind], refusals.size > 0, tookMs);
  }

  routesUpdated({ resources }: Update, refusals: Refusals, tookMs: number): void {
    for (const { name } of resources) {
      const counted = this.#routes.get(name);
      if (counted !== undefined) count(counted, refusals.has(name), tookMs);
    }
  }

  /** Route configurations that are asked for, with the prefix of the connection manager that did so first. */
  wantRoutes(wanted: ReadonlyMap<string, string>): void {
    for (const [name, { updates, reloads }] of this.#routes) {
      if (wanted.has(name)) continue;
      this.#routes.delete(name);
      this.#metrics.remove(updates);
      if (reloads !== undefined) this.#metrics.remove(reloads);
    }
    for (const [name, statPrefix] of wanted) {
      if (this.#routes.has(name)) continue;
      this.#routes.set(name, this.#add(`http.${statPrefix}.rds.${name}`.replaceAll(':', '_'), true));
    }
  }

  connected(connected: boolean): void {
    this.#controlPlane.gauges.connected_state = connected ? 1 : 0;
  }

  /** Whether a first configuration has come. */
  received(kind: 'cluster' | 'listener'): boolean {
    return this.#byKind[kind].updates.counters.update_success > 0;
  }

  rejected(kind: 'cluster' | 'listener'): boolean {
    return this.#byKind[kind].updates.counters.update_rejected > 0;
  }
}

function count({ updates, reloads }: Counted, isRefused: boolean, tookMs: number): void {
  countUpdate(updates, isRefused, tookMs);
  if (reloads !== undefined && !isRefused) countReload(reloads);
}
