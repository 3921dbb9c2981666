// Keeps the endpoints of a STRICT_DNS or LOGICAL_DNS cluster: asks for each of its names again and again, and tells all addresses.
import type { ClusterConfig, DnsSettings } from '../../decide/config/cluster.ts';
import type { Endpoint, LoadAssignment } from '../../decide/config/endpoint.ts';
import { Backoff } from '../../lib/backoff.ts';
import { describeError } from '../../lib/mesh-error.ts';
import type { ClusterStats } from '../../telemetry/metrics/cluster-stats.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { DnsLookup } from './dns-lookup.ts';
import { reportMishap } from '../mishaps.ts';

export type DnsDiscovery = Extract<ClusterConfig['discovery'], { kind: 'strict-dns' | 'logical-dns' }>;

export interface DnsEndpointsOptions {
  readonly discovery: DnsDiscovery;
  readonly lookup: DnsLookup;
  readonly stats: ClusterStats;
  readonly log: Logger;
  readonly random: () => number;
  /** At the first answer of every name, and after each change. */
  readonly onEndpoints: (assignment: LoadAssignment) => void;
}

/** No server is asked more often, however short its answers may be kept. */
const minRefreshMs = 1000;
/** Nor later than this: Node's timers fire at once past 24 days, which an answer may be kept for. */
const maxRefreshMs = 24 * 3600_000;

interface Name {
  readonly host: string;
  readonly backoff: Backoff;
  /** Undefined before the first answer, or the first failure to get one. */
  addresses: readonly string[] | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class DnsEndpoints {
  readonly #options: DnsEndpointsOptions;
  readonly #names = new Map<string, Name>();
  #closed = false;

  constructor(options: DnsEndpointsOptions) {
    this.#options = options;
    const { dns, assignment } = options.discovery;
    const failure = dns.failureRefresh ?? { baseMs: dns.refreshRateMs, maxMs: dns.refreshRateMs };
    for (const { endpoints } of assignment.localities) {
      for (const { address } of endpoints) {
        if (address.kind !== 'socket' || this.#names.has(address.host)) continue;
        const backoff = new Backoff({ firstMs: failure.baseMs, maxMs: failure.maxMs, random: options.random });
        this.#names.set(address.host, { host: address.host, backoff, addresses: undefined, timer: undefined });
      }
    }
  }

  start(): void {
    for (const name of this.#names.values()) void this.#refresh(name);
    if (this.#names.size === 0) this.#tell();
  }

  async #refresh(name: Name): Promise<void> {
    const { discovery, lookup, stats, log } = this.#options;
    stats.counters.update_attempt += 1;
    try {
      const { addresses, ttlMs } = await lookup(name.host, discovery.dns.lookupFamily);
      if (this.#closed) return;
      stats.counters.update_success += 1;
      name.backoff.reset();
      this.#take(name, discovery.kind === 'logical-dns' ? addresses.slice(0, 1) : addresses);
      this.#again(name, addresses.length === 0 ? name.backoff.nextMs() : refreshAfter(discovery.dns, ttlMs));
    } catch (error) {
      if (this.#closed) return;
      stats.counters.update_failure += 1;
      log.debug('a name cannot be resolved', { name: name.host, error: describeError(error) });
      // What was found before stays.
      this.#take(name, name.addresses ?? []);
      this.#again(name, name.backoff.nextMs());
    }
  }

  #again(name: Name, afterMs: number): void {
    const waitMs = Math.min(maxRefreshMs, Math.max(minRefreshMs, afterMs));
    name.timer = setTimeout(() => void this.#refresh(name), waitMs).unref();
  }

  #take(name: Name, addresses: readonly string[]): void {
    const sorted = [...new Set(addresses)].sort();
    const isSame = name.addresses?.join() === sorted.join();
    name.addresses = sorted;
    if (!isSame) this.#tell();
  }

  #tell(): void {
    if ([...this.#names.values()].some(({ addresses }) => addresses === undefined)) return;
    const { assignment } = this.#options.discovery;
    const localities = assignment.localities.map((locality) => ({
      ...locality,
      endpoints: locality.endpoints.flatMap((endpoint) => this.#resolved(endpoint)),
    }));
    try {
      this.#options.onEndpoints({ ...assignment, localities });
    } catch (error) {
      reportMishap(error);
    }
  }

  #resolved(endpoint: Endpoint): Endpoint[] {
    const { address } = endpoint;
    if (address.kind !== 'socket') return [endpoint];
    const hostname = endpoint.hostname === '' ? address.host : endpoint.hostname;
    const found = this.#names.get(address.host)?.addresses ?? [];
    return found.map((host) => ({ ...endpoint, hostname, address: { ...address, host } }));
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#names.values()) clearTimeout(timer);
  }
}

function refreshAfter({ respectTtl, refreshRateMs }: DnsSettings, ttlMs: number | undefined): number {
  return respectTtl && ttlMs !== undefined && ttlMs > 0 ? ttlMs : refreshRateMs;
}
