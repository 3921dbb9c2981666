// The hosts of an ORIGINAL_DST cluster: made as clients ask for them, forgotten when nobody did for a while.
import type { Discovery } from '../../decide/config/cluster.ts';
import type { Endpoint } from '../../decide/config/endpoint.ts';
import { type Address, noMetadata } from '../../decide/config/value.ts';
import { Timer } from '../../lib/timer-wheel.ts';
import type { PoolOwner } from './pool.ts';
import { addressText, UpstreamHost } from './upstream-host.ts';

type Settings = Extract<Discovery, { kind: 'original-dst' }>;

export class OriginalDestinations {
  readonly #owner: PoolOwner;
  readonly #settings: Settings;
  readonly #hosts = new Map<string, UpstreamHost>();
  /** Asked for since the last look. */
  readonly #used = new Set<UpstreamHost>();
  readonly #timer: Timer;

  constructor(owner: PoolOwner, settings: Settings) {
    this.#owner = owner;
    this.#settings = settings;
    this.#timer = new Timer(() => this.#forgetUnused());
  }

  get hosts(): Iterable<UpstreamHost> {
    return this.#hosts.values();
  }

  hostFor(destination: Address | undefined): UpstreamHost | undefined {
    if (destination?.kind !== 'socket') {
      this.#owner.stats.counters.original_dst_host_invalid++;
      return undefined;
    }
    const address = { ...destination, port: this.#settings.portOverride ?? destination.port };
    const key = addressText(address);
    const host = this.#hosts.get(key) ?? this.#add(key, address);
    this.#used.add(host);
    return host;
  }

  #add(key: string, address: Address): UpstreamHost {
    const endpoint: Endpoint = { address, hostname: '', weight: 1, health: 'healthy', metadata: noMetadata };
    const host = new UpstreamHost(this.#owner, endpoint);
    this.#hosts.set(key, host);
    this.#owner.stats.gauges.membership_total = this.#hosts.size;
    if (!this.#timer.running) this.#watch();
    return host;
  }

  #watch(): void {
    if (this.#settings.cleanupIntervalMs > 0) this.#owner.timers.start(this.#timer, this.#settings.cleanupIntervalMs);
  }

  #forgetUnused(): void {
    for (const [key, host] of this.#hosts) {
      if (this.#used.has(host) || host.activeRequests > 0) continue;
      this.#hosts.delete(key);
      host.drain();
    }
    this.#used.clear();
    this.#owner.stats.gauges.membership_total = this.#hosts.size;
    if (this.#hosts.size > 0) this.#watch();
  }

  close(): void {
    this.#owner.timers.stop(this.#timer);
  }
}
