// Maglev: a table in which hosts take turns to claim slots, each in a permutation of its own (Eisenbud et al., NSDI 2016, 3.4).
import { xxHash64 } from '../xx-hash.ts';
import type { BalanceHost, Picker, Random } from './balance-host.ts';
import { hashKey } from './hash-key.ts';
import { randomHash } from './random-hash.ts';

export class Maglev<H extends BalanceHost> implements Picker<H> {
  readonly #table: readonly H[];

  constructor(hosts: readonly H[], settings: { readonly tableSize: number; readonly useHostname: boolean }) {
    this.#table = buildTable(hosts, settings.tableSize, settings.useHostname);
  }

  pick(random: Random, hash: bigint | undefined): H | undefined {
    if (this.#table.length === 0) return undefined;
    return this.#table[Number((hash ?? randomHash(random)) % BigInt(this.#table.length))];
  }
}

interface Claim<H> {
  readonly host: H;
  /** Of all weights. */
  readonly share: number;
  readonly skip: number;
  slot: number;
  due: number;
}

function buildTable<H extends BalanceHost>(hosts: readonly H[], size: number, useHostname: boolean): H[] {
  if (hosts.length === 0) return [];
  const claims = claimsOf(hosts, size, useHostname);
  const heaviest = Math.max(...claims.map(({ share }) => share));
  const table: (H | undefined)[] = Array.from({ length: size }, () => undefined);
  let taken = 0;
  for (let turn = 1; taken < size; turn++) {
    for (const claim of claims) {
      if (taken === size) break;
      // A lighter host sits out as many turns as it is lighter.
      if (turn * claim.share < claim.due) continue;
      claim.due += heaviest;
      while (table[claim.slot] !== undefined) claim.slot = (claim.slot + claim.skip) % size;
      table[claim.slot] = claim.host;
      taken++;
    }
  }
  return table as H[];
}

/** In the order of their keys, so that the order of the endpoints does not count. */
function claimsOf<H extends BalanceHost>(hosts: readonly H[], size: number, useHostname: boolean): Claim<H>[] {
  const keyOf = (host: H): string => hashKey(host, useHostname);
  // As fractions, like Envoy's: what adding them up rounds off decides who sits out a turn.
  const sum = hosts.reduce((total, host) => total + host.endpoint.weight, 0);
  return hosts
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0))
    .map((host) => ({
      host,
      share: host.endpoint.weight / sum,
      slot: Number(xxHash64(keyOf(host)) % BigInt(size)),
      skip: Number(xxHash64(keyOf(host), 1n) % BigInt(size - 1)) + 1,
      due: 0,
    }));
}
