// Earliest deadline first: hosts come up in proportion to their weights, spread out evenly. A binary heap of deadlines.
import type { BalanceHost } from './balance-host.ts';

interface Entry<H> {
  readonly host: H;
  deadline: number;
  /** Of entries that are due at once the older goes first. */
  order: number;
}

export class WeightedSchedule<H> {
  readonly #heap: Entry<H>[] = [];
  readonly #weightOf: (host: H) => number;
  #now = 0;
  #order = 0;

  /** `weightOf` is asked again at each turn of a host: it may change with the host's load. */
  constructor(hosts: readonly H[], weightOf: (host: H) => number) {
    this.#weightOf = weightOf;
    for (const host of hosts) {
      this.#heap.push({ host, deadline: 1 / weightOf(host), order: this.#order++ });
      this.#up(this.#heap.length - 1);
    }
  }

  next(): H | undefined {
    const top = this.#heap[0];
    if (top === undefined) return undefined;
    this.#now = top.deadline;
    top.deadline = this.#now + 1 / this.#weightOf(top.host);
    top.order = this.#order++;
    this.#down(0);
    return top.host;
  }

  #isBefore(a: Entry<H>, b: Entry<H>): boolean {
    return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
  }

  #swap(a: number, b: number): void {
    const entry = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = entry;
  }

  #up(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(this.#heap[at]!, this.#heap[parent]!)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(start: number): void {
    let at = start;
    for (;;) {
      let least = at;
      for (const child of [at * 2 + 1, at * 2 + 2]) {
        if (child < this.#heap.length && this.#isBefore(this.#heap[child]!, this.#heap[least]!)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }
}

export function haveEqualWeights(hosts: readonly BalanceHost[]): boolean {
  return hosts.every(({ endpoint }) => endpoint.weight === hosts[0]!.endpoint.weight);
}
