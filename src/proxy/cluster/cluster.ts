// A cluster as the data path uses it: its hosts, which one is next, its circuit breakers and statistics. Whoever finds the endpoints
// (xDS, DNS; for an original destination nobody) calls `setEndpoints`.
import { Balancer } from '../../decide/balance/balancer.ts';
import type { ClusterConfig } from '../../decide/config/cluster.ts';
import type { Endpoint, LoadAssignment } from '../../decide/config/endpoint.ts';
import type { Address } from '../../decide/config/value.ts';
import type { TimerWheel } from '../../lib/timer-wheel.ts';
import type { ClusterStats } from '../../telemetry/metrics/cluster-stats.ts';
import { OriginalDestinations } from './original-destinations.ts';
import type { PoolOwner, Priority } from './pool.ts';
import { Resources } from './resources.ts';
import { addressText, UpstreamHost } from './upstream-host.ts';

/** What a choice may depend on. */
export interface PickContext {
  readonly hash: bigint | undefined;
  /** Where the client meant to go; undefined if its connection was not redirected. */
  readonly originalDestination: Address | undefined;
  /** True for a host that this request would rather not have, such as one that was tried before. */
  readonly refuses?: ((host: UpstreamHost) => boolean) | undefined;
  /** How often another one is picked because of `refuses`; at the end the last one is taken. */
  readonly maxAttempts?: number | undefined;
}

export interface ClusterHandle extends PoolOwner {
  /** undefined: no host can be used. */
  pick(context: PickContext): UpstreamHost | undefined;
  /** Balancing goes by the request's hash. */
  readonly usesHash: boolean;
  /** The share of requests that the endpoints' assignment wants dropped. */
  readonly dropShare: number;
}

/** By name, the newest. A request keeps the one that it found. */
export interface Clusters {
  get(name: string): ClusterHandle | undefined;
}

export interface ClusterParts {
  readonly stats: ClusterStats;
  readonly timers: TimerWheel;
  readonly random: () => number;
}

export class Cluster implements ClusterHandle {
  readonly config: ClusterConfig;
  readonly stats: ClusterStats;
  readonly timers: TimerWheel;
  readonly resources: Readonly<Record<Priority, Resources>>;
  readonly #random: () => number;
  readonly #original: OriginalDestinations | undefined;
  #hosts: ReadonlyMap<string, UpstreamHost> = new Map();
  #dropShare = 0;
  #balancer: Balancer<UpstreamHost> | undefined;

  constructor(config: ClusterConfig, { stats, timers, random }: ClusterParts) {
    this.config = config;
    this.stats = stats;
    this.timers = timers;
    this.#random = random;
    const { circuitBreakers, discovery } = config;
    this.resources = { default: new Resources(circuitBreakers.default), high: new Resources(circuitBreakers.high) };
    if (discovery.kind === 'original-dst') this.#original = new OriginalDestinations(this, discovery);
    if (discovery.kind === 'static') this.setEndpoints(discovery.assignment);
  }

  get usesHash(): boolean {
    const { kind } = this.config.loadBalancer;
    return kind === 'ring-hash' || kind === 'maglev';
  }

  get dropShare(): number {
    return this.#dropShare;
  }

  /** All that there are now; those known before keep their connections and their load. */
  get hosts(): readonly UpstreamHost[] {
    return [...(this.#original?.hosts ?? this.#hosts.values())];
  }

  /** For clusters by DNS, the assignment with the addresses that the names stand for. */
  setEndpoints(assignment: LoadAssignment): void {
    const hosts = new Map<string, UpstreamHost>();
    const priorities: UpstreamHost[][] = [];
    for (const { priority, endpoints } of assignment.localities)
      for (const endpoint of endpoints) {
        const host = this.#hostOf(endpoint, priority);
        if (hosts.has(host.key)) continue;
        hosts.set(host.key, host);
        while (priorities.length <= priority) priorities.push([]);
        priorities[priority]!.push(host);
      }
    this.#dropShare = assignment.drops.reduce((sum, { numerator, denominator }) => sum + numerator / denominator, 0);
    const gone = [...this.#hosts.values()].filter(({ key }) => !hosts.has(key));
    const changed = gone.length > 0 || hosts.size !== this.#hosts.size;
    this.#hosts = hosts;
    const settings = {
      overprovisioningPercent: assignment.overprovisioningPercent,
      healthyPanicPercent: this.config.commonLb.healthyPanicPercent,
    };
    this.#balancer = new Balancer(this.config.loadBalancer, priorities, settings);
    for (const host of gone) host.drain();
    this.#countMembers(changed);
  }

  #hostOf(endpoint: Endpoint, priority: number): UpstreamHost {
    const known = this.#hosts.get(addressText(endpoint.address));
    if (!known) return new UpstreamHost(this, endpoint, priority);
    known.endpoint = endpoint;
    known.priority = priority;
    return known;
  }

  #countMembers(changed: boolean): void {
    const { gauges, counters } = this.stats;
    const hosts = [...this.#hosts.values()];
    gauges.membership_total = hosts.length;
    gauges.membership_healthy = hosts.filter(({ endpoint }) => endpoint.health === 'healthy').length;
    gauges.membership_degraded = hosts.filter(({ endpoint }) => endpoint.health === 'degraded').length;
    gauges.max_host_weight = hosts.reduce((max, { endpoint }) => Math.max(max, endpoint.weight), 0);
    if (changed) counters.membership_change++;
  }

  pick(context: PickContext): UpstreamHost | undefined {
    const host = this.#pickOnce(context);
    const { refuses, maxAttempts = 1 } = context;
    if (host === undefined || !refuses) return host;
    let last = host;
    for (let attempt = 0; attempt < maxAttempts && refuses(last); attempt++) last = this.#pickOnce(context) ?? last;
    return last;
  }

  #pickOnce({ originalDestination, hash }: PickContext): UpstreamHost | undefined {
    if (this.#original) return this.#original.hostFor(originalDestination);
    return this.#balancer?.pick({ random: this.#random, hash });
  }

  /** No more requests come; those under way end in peace. */
  close(): void {
    for (const host of this.hosts) host.drain();
    this.#original?.close();
  }
}
