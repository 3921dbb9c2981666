// A filter chain that ends in an HTTP connection manager: its routes, statistics and access log, over the life of its settings.
import type { HttpConnectionManager } from '../../decide/config/http-connection-manager.ts';
import type { ListenerConfig } from '../../decide/config/listener.ts';
import { RouteChooser } from '../../decide/route/choose-route.ts';
import type { TimerWheel } from '../../lib/timer-wheel.ts';
import type { LogFiles } from '../../telemetry/access-log/log-files.ts';
import { type HttpStats, httpStats } from '../../telemetry/metrics/http-stats.ts';
import { ResponseCodes, type StatGroup } from '../../telemetry/metrics/metrics-registry.ts';
import type { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import { AccessLogger } from '../access-logger.ts';
import type { Clusters } from '../cluster/cluster.ts';
import { HttpServer } from '../http/http-server.ts';
import type { ConnectionHandler, Downstream } from './downstream.ts';

export interface HttpHandlerParts {
  readonly clusters: Clusters;
  readonly timers: TimerWheel;
  readonly random: () => number;
  readonly metrics: MetricsRegistry;
  readonly logFiles: LogFiles;
  /** The newest route configuration of that name. */
  readonly routes: (name: string) => RouteChooser | undefined;
}

export interface HttpHandlerOptions {
  readonly config: HttpConnectionManager;
  readonly filterChainName: string;
  readonly listener: ListenerConfig;
}

export class HttpHandler implements ConnectionHandler {
  readonly #metrics: MetricsRegistry;
  readonly #stats: HttpStats;
  /** `listener.ADDRESS.http.PREFIX.*`: answers by class, listener by listener. */
  readonly #listenerStats: StatGroup & { readonly codes: ResponseCodes };
  readonly #filterStats: readonly StatGroup[];
  readonly #server: HttpServer;

  constructor({ config, filterChainName, listener }: HttpHandlerOptions, parts: HttpHandlerParts) {
    this.#metrics = parts.metrics;
    this.#stats = parts.metrics.add(httpStats(config.statPrefix));
    const codes = new ResponseCodes('downstream_rq', false);
    this.#listenerStats = parts.metrics.add({
      prefix: listenerPrefix(listener, config),
      counters: {
        get downstream_rq_completed() {
          return codes.completed;
        },
      },
      gauges: {},
      codes,
    });
    const logger = new AccessLogger(config.accessLogs, parts.logFiles);
    this.#server = new HttpServer({
      config,
      direction: listener.direction,
      filterChainName,
      routes: routesOf(config, parts),
      clusters: parts.clusters,
      stats: this.#stats,
      timers: parts.timers,
      bufferLimitBytes: listener.perConnectionBufferLimitBytes,
      random: parts.random,
      onRequestDone: (stream) => {
        codes.add(stream.responseCode);
        logger.log(stream);
      },
    });
    const { prefix } = this.#stats;
    this.#filterStats = this.#server.filterStats.map((group) =>
      parts.metrics.add({ ...group, prefix: `${prefix}.${group.prefix}` }),
    );
  }

  take(connection: Downstream): void {
    this.#server.take(connection);
    connection.start();
  }

  close(): void {
    this.#metrics.remove(this.#stats);
    this.#metrics.remove(this.#listenerStats);
    for (const group of this.#filterStats) this.#metrics.remove(group);
  }
}

function routesOf({ routes }: HttpConnectionManager, parts: HttpHandlerParts): () => RouteChooser | undefined {
  if (routes.kind === 'rds') return () => parts.routes(routes.name);
  const chooser = new RouteChooser(routes.config);
  return () => chooser;
}

function listenerPrefix({ address }: ListenerConfig, { statPrefix }: HttpConnectionManager): string {
  const where = address.kind === 'pipe' ? address.path : `${address.host}_${address.port}`;
  return `listener.${where.replaceAll(':', '_')}.http.${statPrefix}`;
}
