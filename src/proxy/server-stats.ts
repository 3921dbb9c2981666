// `server.*`: of the process as a whole. Read when somebody asks.
import type { Histogram } from '../telemetry/metrics/histogram.ts';
import type { StatGroup } from '../telemetry/metrics/metrics-registry.ts';
import { mishapCounters } from './mishaps.ts';

export interface ServerFacts {
  readonly startedAtMs: number;
  readonly isLive: () => boolean;
  readonly connections: () => number;
  readonly initializationTime: Histogram;
}

/** As Envoy has it where there is no certificate. */
const neverExpires = 2 ** 32 - 1;

export function serverStats({ startedAtMs, isLive, connections, initializationTime }: ServerFacts): StatGroup {
  return {
    prefix: 'server',
    counters: mishapCounters,
    gauges: {
      get live() {
        return isLive() ? 1 : 0;
      },
      get state() {
        return isLive() ? 0 : 2;
      },
      get uptime() {
        return Math.round((Date.now() - startedAtMs) / 1000);
      },
      get memory_allocated() {
        return process.memoryUsage().heapUsed;
      },
      get memory_heap_size() {
        return process.memoryUsage().heapTotal;
      },
      get memory_physical_size() {
        return process.memoryUsage.rss();
      },
      get total_connections() {
        return connections();
      },
      concurrency: 1,
      // There is never a second process that takes over from the first.
      hot_restart_epoch: 0,
      parent_connections: 0,
      days_until_first_cert_expiring: neverExpires,
    },
    histograms: { initialization_time_ms: initializationTime },
  };
}
