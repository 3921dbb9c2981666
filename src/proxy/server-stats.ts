// `server.*`: of the process as a whole. Read when somebody asks.
import type { StatGroup } from '../telemetry/metrics/metrics-registry.ts';
import { mishapCounters } from './mishaps.ts';

export function serverStats(startedAtMs: number, isLive: () => boolean): StatGroup {
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
      concurrency: 1,
    },
  };
}
