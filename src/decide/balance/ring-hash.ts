// A hash ring: hosts have points on it in proportion to their weights, and a request goes to the next point after its hash.
import { xxHash64 } from '../xx-hash.ts';
import type { BalanceHost, Picker, Random } from './balance-host.ts';
import { hashKey } from './hash-key.ts';
import { randomHash } from './random-hash.ts';

export interface RingSettings {
  readonly minimumRingSize: number;
  readonly maximumRingSize: number;
  readonly useHostname: boolean;
}

interface Point<H> {
  readonly hash: bigint;
  readonly host: H;
}

export class RingHash<H extends BalanceHost> implements Picker<H> {
  readonly #ring: readonly Point<H>[];

  constructor(hosts: readonly H[], settings: RingSettings) {
    this.#ring = buildRing(hosts, settings);
  }

  pick(random: Random, hash: bigint | undefined): H | undefined {
    const { length } = this.#ring;
    if (length === 0) return undefined;
    const wanted = hash ?? randomHash(random);
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ring[middle]!.hash < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#ring[low === length ? 0 : low]!.host;
  }
}

/** The host of the least weight gets whole points, and the ring is at least of the minimum size. */
function buildRing<H extends BalanceHost>(hosts: readonly H[], settings: RingSettings): Point<H>[] {
  if (hosts.length === 0) return [];
  const total = hosts.reduce((sum, { endpoint }) => sum + endpoint.weight, 0);
  const least = Math.min(...hosts.map(({ endpoint }) => endpoint.weight / total));
  const scale = Math.min(Math.ceil(least * settings.minimumRingSize) / least, settings.maximumRingSize);
  const ring: Point<H>[] = [];
  let target = 0;
  for (const host of hosts) {
    target += scale * (host.endpoint.weight / total);
    const key = hashKey(host, settings.useHostname);
    for (let copy = 0; ring.length < target; copy++) ring.push({ hash: xxHash64(`${key}_${copy}`), host });
  }
  return ring.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0));
}
