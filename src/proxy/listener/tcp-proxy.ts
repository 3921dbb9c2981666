// The TCP proxy: each connection goes to one host of one cluster, and bytes pass until both sides have ended.
import type { TcpProxy, TcpTarget } from '../../decide/config/tcp-proxy.ts';
import { xxHash64 } from '../../decide/xx-hash.ts';
import type { TimerWheel } from '../../lib/timer-wheel.ts';
import type { LogFiles } from '../../telemetry/access-log/log-files.ts';
import { type TcpStats, tcpStats } from '../../telemetry/metrics/listener-stats.ts';
import type { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import { AccessLogger } from '../access-logger.ts';
import type { ClusterHandle, Clusters } from '../cluster/cluster.ts';
import type { ConnectionHandler, Downstream } from './downstream.ts';
import { type TcpServer, TcpSession } from './tcp-session.ts';

export interface TcpProxyParts {
  readonly clusters: Clusters;
  readonly timers: TimerWheel;
  readonly random: () => number;
  readonly metrics: MetricsRegistry;
  readonly logFiles: LogFiles;
}

export class TcpProxyHandler implements ConnectionHandler, TcpServer {
  readonly config: TcpProxy;
  readonly parts: TcpProxyParts;
  readonly stats: TcpStats;
  readonly logger: AccessLogger;

  constructor(config: TcpProxy, parts: TcpProxyParts) {
    this.config = config;
    this.parts = parts;
    this.stats = parts.metrics.add(tcpStats(config.statPrefix));
    this.logger = new AccessLogger(config.accessLogs, parts.logFiles);
  }

  take(connection: Downstream): void {
    this.stats.counters.downstream_cx_total += 1;
    new TcpSession(this, connection).start();
  }

  /** A cluster's name, drawn by weight. */
  chooseCluster(): { readonly name: string; readonly cluster: ClusterHandle | undefined } {
    const name = drawCluster(this.config.target, this.parts.random);
    return { name, cluster: this.parts.clusters.get(name) };
  }

  hashOf(connection: Downstream): bigint | undefined {
    return this.config.hashSourceIp ? xxHash64(connection.info.remote.ip) : undefined;
  }

  /** The handler's successor counts anew. */
  close(): void {
    this.parts.metrics.remove(this.stats);
  }
}

function drawCluster(target: TcpTarget, random: () => number): string {
  if (target.kind === 'cluster') return target.cluster;
  let drawn = random() * target.totalWeight;
  for (const { cluster, weight } of target.clusters) {
    drawn -= weight;
    if (drawn < 0) return cluster;
  }
  return target.clusters.at(-1)?.cluster ?? '';
}
