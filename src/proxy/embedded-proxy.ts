// The proxy, put together: configuration from the control plane, clusters, listeners, statistics, admin. One start, one end.
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@bufbuild/protobuf';
import type { FilterChain, ListenerConfig } from '../decide/config/listener.ts';
import { TimerWheel } from '../lib/timer-wheel.ts';
import { LogFiles } from '../telemetry/access-log/log-files.ts';
import { createLogger, type Logger, parseLogLevel } from '../telemetry/logger.ts';
import { Histogram } from '../telemetry/metrics/histogram.ts';
import { MetricsRegistry, type StatGroup } from '../telemetry/metrics/metrics-registry.ts';
import { prometheusText } from '../telemetry/metrics/stats-text.ts';
import { adminRoutes, statsPath } from './admin/admin-routes.ts';
import { AdminServer } from './admin/admin-server.ts';
import { ClusterSet } from './cluster/cluster-set.ts';
import { systemLookup } from './cluster/dns-lookup.ts';
import type { ConnectionHandler } from './listener/downstream.ts';
import { HttpHandler } from './listener/http-handler.ts';
import { ListenerSet } from './listener/listener-set.ts';
import { loadOriginalDestination } from './listener/original-destination.ts';
import { TcpProxyHandler } from './listener/tcp-proxy.ts';
import { logMishapsTo, reportMishap } from './mishaps.ts';
import { serverStats } from './server-stats.ts';
import { releaseSpareMemory } from './spare-memory.ts';
import type { NodeIdentity } from './xds-client/ads-client.ts';
import { ConfigClient } from './xds-client/config-client.ts';
import { UpdateStats } from './xds-client/update-stats.ts';

export interface EmbeddedProxyOptions {
  readonly node: NodeIdentity;
  /** `unix:/path` or `host:port`. */
  readonly xdsAddress: string;
  readonly dataFolder: string;
  /** A sidecar's application may still call out while it ends; a gateway has nobody behind it. */
  readonly drainScope: 'inbound' | 'all';
  /** How long connections of a listener that has changed may stay. */
  readonly drainMs: number;
  readonly ports: { readonly admin: number; readonly metrics: number };
  readonly logLevel: string;
  /** Names of statistics that are told; all where it is absent. */
  readonly keepsStat?: (name: string) => boolean;
  /** Somebody asks for the end over the admin endpoint. */
  readonly quit: () => void;
}

/** Long enough for a connection that was on its way, too short to be noticed when a mesh is taken down. */
const minDrainMs = 500;
const drainPollMs = 50;

export class EmbeddedProxy {
  readonly #options: EmbeddedProxyOptions;
  readonly #log: Logger;
  readonly #metrics: MetricsRegistry;
  readonly #timers = new TimerWheel(undefined, undefined, reportMishap);
  readonly #logFiles = new LogFiles();
  readonly #updates: UpdateStats;
  readonly #initializationTime = new Histogram();
  readonly #clusters: ClusterSet;
  readonly #listeners: ListenerSet;
  readonly #config: ConfigClient;
  readonly #admin: AdminServer;
  readonly #startedAtMs = Date.now();
  #logLevel: string;
  #draining = false;
  #keepMemory: (() => void) | undefined;

  constructor(options: EmbeddedProxyOptions) {
    this.#options = options;
    this.#metrics = new MetricsRegistry(options.keepsStat);
    this.#updates = new UpdateStats(this.#metrics);
    this.#logLevel = options.logLevel;
    this.#log = createLogger({ scope: 'proxy', level: () => parseLogLevel(this.#logLevel) ?? 'warn' });
    logMishapsTo(this.#log);
    this.#metrics.add(this.#logFiles.stats);
    this.#metrics.add(this.#serverStats());
    this.#clusters = this.#makeClusters();
    this.#config = new ConfigClient(this.#clusters, {
      address: options.xdsAddress,
      node: options.node,
      dataFolder: options.dataFolder,
      stats: this.#updates,
      log: this.#log.child('xds'),
    });
    this.#listeners = this.#makeListeners();
    this.#admin = new AdminServer(this.#adminRoutes());
  }

  #serverStats(): StatGroup {
    return serverStats({
      startedAtMs: this.#startedAtMs,
      isLive: () => this.#isLive(),
      connections: () => this.#connections(),
      initializationTime: this.#initializationTime,
    });
  }

  #makeClusters(): ClusterSet {
    return new ClusterSet({
      timers: this.#timers,
      random: Math.random,
      lookup: systemLookup(),
      metrics: this.#metrics,
      log: this.#log.child('cluster'),
      onWarm: () => this.#config.clustersWarm(),
    });
  }

  #makeListeners(): ListenerSet {
    return new ListenerSet({
      metrics: this.#metrics,
      logFiles: this.#logFiles,
      drainMs: this.#options.drainMs,
      originalDestination: loadOriginalDestination(),
      handlerFor: (chain, listener) => this.#handlerFor(chain, listener),
      hasRoutes: (name) => this.#config.hasRoutes(name),
      log: this.#log.child('listener'),
    });
  }

  #handlerFor(chain: FilterChain, listener: ListenerConfig): ConnectionHandler {
    const parts = {
      clusters: this.#clusters,
      timers: this.#timers,
      random: Math.random,
      metrics: this.#metrics,
      logFiles: this.#logFiles,
      routes: (name: string) => this.#config.routes(name),
    };
    const { filter } = chain;
    if (filter.kind === 'tcp-proxy') return new TcpProxyHandler(filter.config, parts);
    return new HttpHandler({ config: filter.config, filterChainName: chain.name, listener }, parts);
  }

  #adminRoutes() {
    return adminRoutes({
      config: this.#config,
      clusters: this.#clusters,
      listeners: this.#listeners,
      metrics: this.#metrics,
      node: JSON.parse(JSON.stringify(this.#options.node)) as JsonObject,
      version: 'heddle/embedded',
      startedAtMs: this.#startedAtMs,
      state: () => (this.#draining ? 'DRAINING' : this.#isLive() ? 'LIVE' : 'PRE_INITIALIZING'),
      drain: (scope) => this.#drain(scope),
      quit: this.#options.quit,
      setLogLevel: (level) => this.#setLogLevel(level),
      logLevel: () => this.#logLevel,
    });
  }

  #setLogLevel(level: string): boolean {
    if (parseLogLevel(level) === undefined) return false;
    this.#logLevel = level;
    return true;
  }

  async start(): Promise<void> {
    const { ports } = this.#options;
    this.#config.start(this.#listeners);
    this.#keepMemory = releaseSpareMemory();
    await Promise.all([
      this.#admin.listen('127.0.0.1', ports.admin),
      this.#admin.listen('0.0.0.0', ports.metrics, statsPath),
    ]);
  }

  #isLive(): boolean {
    return this.#problems().length === 0;
  }

  #problems(): string[] {
    const problems: string[] = [];
    for (const [kind, name] of [
      ['cluster', 'cluster_manager.cds'],
      ['listener', 'listener_manager.lds'],
    ] as const) {
      if (this.#updates.received(kind)) continue;
      problems.push(`${name} ${this.#updates.rejected(kind) ? 'was refused' : 'has not been received'}`);
    }
    // Listeners of the first configuration, as with Envoy: one that waits for its routes keeps the proxy unready.
    if (problems.length === 0 && this.#listeners.stats.gauges.workers_started === 0) {
      if (this.#listeners.warming.length > 0)
        problems.push(`${this.#listeners.warming.length} listeners wait for routes`);
      else this.#onInitialized();
    }
    return problems;
  }

  #onInitialized(): void {
    this.#listeners.stats.gauges.workers_started = 1;
    this.#initializationTime.add(Date.now() - this.#startedAtMs);
  }

  async notReady(): Promise<string> {
    return this.#problems().join(', ');
  }

  async metrics(): Promise<string> {
    return prometheusText(this.#metrics);
  }

  #drain(scope: 'inbound' | 'all'): void {
    this.#draining = true;
    this.#listeners.drain(scope);
  }

  #connections(): number {
    return this.#listeners.all.reduce((sum, { connections }) => sum + connections, 0);
  }

  async drain(maxMs: number): Promise<void> {
    if (maxMs <= 0) return;
    const startedAt = performance.now();
    const elapsedMs = (): number => performance.now() - startedAt;
    this.#drain(this.#options.drainScope);
    await sleep(Math.min(minDrainMs, maxMs));
    while (this.#connections() > 0 && elapsedMs() < maxMs) await sleep(drainPollMs);
    this.#log.info('drained', { ms: Math.round(elapsedMs()), connectionsLeft: this.#connections() });
  }

  async stop(): Promise<void> {
    this.#keepMemory?.();
    this.#listeners.close();
    await Promise.all([this.#config.close(), this.#admin.close()]);
    this.#clusters.close();
    this.#timers.close();
    await this.#logFiles.close();
  }
}
