// All clusters by name. A new or changed one warms first: it takes over only once its endpoints are known, in one step, and requests
// that are under way keep the one that they found.
import type { ClusterConfig } from '../../decide/config/cluster.ts';
import type { LoadAssignment } from '../../decide/config/endpoint.ts';
import type { TimerWheel } from '../../lib/timer-wheel.ts';
import type { Logger } from '../../telemetry/logger.ts';
import {
  breakerStats,
  clusterStats,
  type ClusterStats,
  type EndpointStats,
  endpointStats,
} from '../../telemetry/metrics/cluster-stats.ts';
import type { MetricsRegistry, StatGroup } from '../../telemetry/metrics/metrics-registry.ts';
import { Cluster, type Clusters } from './cluster.ts';
import { reportMishap } from '../mishaps.ts';
import { DnsEndpoints } from './dns-endpoints.ts';
import type { DnsLookup } from './dns-lookup.ts';

/** Envoy's `initial_fetch_timeout`: then the cluster goes into service as it is. */
const initialFetchMs = 15_000;

export interface ClusterSetOptions {
  readonly timers: TimerWheel;
  readonly random: () => number;
  readonly lookup: DnsLookup;
  readonly metrics: MetricsRegistry;
  readonly log: Logger;
  /** The last warming cluster has become active. */
  readonly onWarm: () => void;
}

interface Entry {
  readonly cluster: Cluster;
  readonly stats: ClusterStats;
  /** Of endpoints that come over xDS. */
  readonly eds: EndpointStats | undefined;
  /** Told beside `stats`. */
  readonly groups: readonly StatGroup[];
  dns: DnsEndpoints | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class ClusterSet implements Clusters {
  readonly #options: ClusterSetOptions;
  readonly #active = new Map<string, Entry>();
  readonly #warming = new Map<string, Entry>();
  /** The newest endpoints by the name under which they are asked for. */
  readonly #assignments = new Map<string, LoadAssignment>();
  /** `cluster_manager.*`. */
  readonly stats = {
    prefix: 'cluster_manager',
    counters: { cluster_added: 0, cluster_modified: 0, cluster_removed: 0, cluster_updated: 0 },
    gauges: { active_clusters: 0, warming_clusters: 0 },
  };

  constructor(options: ClusterSetOptions) {
    this.#options = options;
    options.metrics.add(this.stats);
  }

  get(name: string): Cluster | undefined {
    return this.#active.get(name)?.cluster;
  }

  get all(): readonly Cluster[] {
    return [...this.#active.values()].map(({ cluster }) => cluster);
  }

  get warming(): readonly string[] {
    return [...this.#warming.keys()];
  }

  /** What endpoints have to be asked for. */
  get assignmentNames(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const entries of [this.#active, this.#warming]) {
      for (const { cluster } of entries.values()) {
        if (cluster.config.discovery.kind === 'eds') names.add(cluster.config.discovery.serviceName);
      }
    }
    return names;
  }

  set(config: ClusterConfig): void {
    const before = this.#warming.get(config.name);
    if (before !== undefined) this.#end(before);
    const active = this.#active.get(config.name);
    const stats = active?.stats.prefix === clusterStats(config.statName).prefix ? active.stats : undefined;
    this.#warming.set(config.name, this.#open(config, stats));
    if (active === undefined) this.stats.counters.cluster_added += 1;
    else this.stats.counters.cluster_modified += 1;
    this.#begin(config);
    this.#count();
  }

  #open(config: ClusterConfig, kept: ClusterStats | undefined): Entry {
    const { timers, random, metrics } = this.#options;
    const stats = kept ?? metrics.add(clusterStats(config.statName));
    const cluster = new Cluster(config, { stats, timers, random });
    const breakers = (['default', 'high'] as const).map((priority) =>
      breakerStats(config.statName, priority, cluster.resources[priority]),
    );
    const eds = config.discovery.kind === 'eds' ? endpointStats(stats.prefix) : undefined;
    const groups = eds === undefined ? breakers : [...breakers, eds];
    for (const group of groups) metrics.add(group);
    stats.gauges.warming_state = 1;
    return { cluster, stats, eds, groups, dns: undefined, timer: undefined };
  }

  /** Asks for its endpoints, or has them already. */
  #begin({ name, discovery }: ClusterConfig): void {
    const entry = this.#warming.get(name)!;
    entry.timer = setTimeout(() => this.#onLate(name), initialFetchMs).unref();
    switch (discovery.kind) {
      case 'eds': {
        const known = this.#assignments.get(discovery.serviceName);
        if (known === undefined) return;
        entry.cluster.setEndpoints(known);
        return this.#activate(name);
      }
      case 'static':
        entry.cluster.setEndpoints(discovery.assignment);
        return this.#activate(name);
      case 'original-dst':
        return this.#activate(name);
      case 'strict-dns':
      case 'logical-dns': {
        const { lookup, log, random } = this.#options;
        const onEndpoints = (assignment: LoadAssignment): void => {
          entry.cluster.setEndpoints(assignment);
          if (this.#warming.get(name) === entry) this.#activate(name);
        };
        entry.dns = new DnsEndpoints({ discovery, lookup, stats: entry.stats, log, random, onEndpoints });
        return entry.dns.start();
      }
    }
  }

  #onLate(name: string): void {
    try {
      this.#activate(name);
    } catch (error) {
      reportMishap(error);
    }
  }

  #activate(name: string): void {
    const entry = this.#warming.get(name);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    entry.stats.gauges.warming_state = 0;
    const old = this.#active.get(name);
    this.#warming.delete(name);
    this.#active.set(name, entry);
    if (old !== undefined) this.#end(old, entry.stats);
    this.#count();
    if (this.#warming.size === 0) this.#options.onWarm();
  }

  /** Lets go of a cluster; its statistics stay if its successor counts on in them. */
  #end({ cluster, dns, timer, stats, groups }: Entry, keptStats?: ClusterStats): void {
    for (const each of groups) this.#options.metrics.remove(each);
    clearTimeout(timer);
    dns?.close();
    cluster.close();
    const isUsed = stats === keptStats || this.#active.get(cluster.config.name)?.stats === stats;
    if (!isUsed) this.#options.metrics.remove(stats);
  }

  remove(name: string): void {
    const entries = [this.#warming.get(name), this.#active.get(name)];
    this.#warming.delete(name);
    this.#active.delete(name);
    for (const entry of entries) if (entry !== undefined) this.#end(entry);
    if (entries[1] !== undefined) this.stats.counters.cluster_removed += 1;
    this.#count();
    if (this.#warming.size === 0) this.#options.onWarm();
  }

  /** Endpoints have come, or (undefined) there are none by this name: those that are in use then stay. */
  assign(serviceName: string, assignment: LoadAssignment | undefined): void {
    if (assignment !== undefined) this.#assignments.set(serviceName, assignment);
    for (const entries of [this.#active, this.#warming]) {
      for (const [name, { cluster, stats, eds }] of entries) {
        const { discovery } = cluster.config;
        if (discovery.kind !== 'eds' || discovery.serviceName !== serviceName) continue;
        stats.counters.update_attempt += 1;
        const startedAt = performance.now();
        if (assignment === undefined) stats.counters.update_empty += 1;
        else {
          stats.counters.update_success += 1;
          cluster.setEndpoints(assignment);
        }
        if (eds !== undefined) {
          eds.gauges.update_time = Date.now();
          eds.lateHistograms.update_duration.add(performance.now() - startedAt);
        }
        if (entries === this.#warming) this.#activate(name);
      }
    }
  }

  /** Endpoints have come that cannot be used. */
  refused(serviceName: string): void {
    for (const { cluster, stats, eds } of [...this.#active.values(), ...this.#warming.values()]) {
      const { discovery } = cluster.config;
      if (discovery.kind !== 'eds' || discovery.serviceName !== serviceName || eds === undefined) continue;
      stats.counters.update_attempt += 1;
      eds.counters.update_rejected += 1;
    }
  }

  /** What nobody asks for any more is forgotten. */
  forgetAssignments(): void {
    const names = this.assignmentNames;
    for (const name of this.#assignments.keys()) if (!names.has(name)) this.#assignments.delete(name);
  }

  #count(): void {
    this.stats.gauges.active_clusters = this.#active.size;
    this.stats.gauges.warming_clusters = this.#warming.size;
  }

  close(): void {
    for (const entry of [...this.#warming.values(), ...this.#active.values()]) this.#end(entry);
    this.#warming.clear();
    this.#active.clear();
  }
}
