// Counts updates by Envoy's names: `cluster_manager.cds.update_success`, `listener_manager.lds.update_rejected`...
import type { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import type { Refusals, ResourceKind } from './resource-types.ts';

const prefixes: Readonly<Record<ResourceKind, string>> = {
  cluster: 'cluster_manager.cds',
  endpoint: 'cluster_manager.eds',
  listener: 'listener_manager.lds',
  route: 'http.rds',
};

function updateCounters(prefix: string) {
  return {
    prefix,
    counters: { update_attempt: 0, update_success: 0, update_rejected: 0, update_failure: 0 },
    gauges: { update_time: 0 },
  };
}

export class UpdateStats {
  readonly #byKind = {
    cluster: updateCounters(prefixes.cluster),
    endpoint: updateCounters(prefixes.endpoint),
    listener: updateCounters(prefixes.listener),
    route: updateCounters(prefixes.route),
  };
  readonly #controlPlane = { prefix: 'control_plane', counters: {}, gauges: { connected_state: 0 } };

  constructor(metrics: MetricsRegistry) {
    for (const group of Object.values(this.#byKind)) metrics.add(group);
    metrics.add(this.#controlPlane);
  }

  updated(kind: ResourceKind, refusals: Refusals): void {
    const { counters, gauges } = this.#byKind[kind];
    counters.update_attempt += 1;
    if (refusals.size === 0) counters.update_success += 1;
    else counters.update_rejected += 1;
    gauges.update_time = Date.now();
  }

  connected(connected: boolean): void {
    this.#controlPlane.gauges.connected_state = connected ? 1 : 0;
  }

  /** Whether a first configuration has come. */
  received(kind: ResourceKind): boolean {
    return this.#byKind[kind].counters.update_success > 0;
  }

  rejected(kind: ResourceKind): boolean {
    return this.#byKind[kind].counters.update_rejected > 0;
  }
}
