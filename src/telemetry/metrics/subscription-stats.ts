// What is counted of one xDS subscription, by Envoy's names (docs: "xDS subscription statistics").
import { Histogram } from './histogram.ts';
import type { StatGroup } from './metrics-registry.ts';

export type SubscriptionStats = ReturnType<typeof subscriptionStats>;

/** `cluster_manager.cds`, `http.PREFIX.rds.NAME`, `cluster.NAME`... */
export function subscriptionStats(prefix: string) {
  return {
    prefix,
    counters: {
      init_fetch_timeout: 0,
      update_attempt: 0,
      update_success: 0,
      update_rejected: 0,
      update_failure: 0,
    },
    gauges: { update_time: 0 },
    lateHistograms: { update_duration: new Histogram() },
  } satisfies StatGroup;
}

export type ReloadStats = ReturnType<typeof reloadStats>;

/** Told in addition by clusters and by routes. */
export function reloadStats(prefix: string) {
  return {
    prefix,
    counters: { config_reload: 0 },
    gauges: { config_reload_time_ms: 0 },
  } satisfies StatGroup;
}

/** `tookMs`: from its coming until it was in force, or was refused. */
export function countUpdate(stats: SubscriptionStats, isRefused: boolean, tookMs: number): void {
  const { counters, gauges, lateHistograms } = stats;
  counters.update_attempt += 1;
  if (isRefused) counters.update_rejected += 1;
  else {
    counters.update_success += 1;
    lateHistograms.update_duration.add(tookMs);
  }
  gauges.update_time = Date.now();
}

export function countReload({ counters, gauges }: ReloadStats): void {
  counters.config_reload += 1;
  gauges.config_reload_time_ms = Date.now();
}
