// Statistics under Envoy's names. Who counts holds a plain object of numbers and adds to its fields; the registry only knows
// under which prefix to read it. No name is put together, and nothing is looked up, while a request is served.
import type { Histogram } from './histogram.ts';

export interface StatGroup {
  /** `cluster.outbound|80||a.b`, without the dot behind it; empty for statistics of the whole proxy. */
  readonly prefix: string;
  /** By the name behind the prefix: `upstream_rq_total`. */
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
  /** Responses by status: `PREFIX.upstream_rq_503`. */
  readonly codes?: ResponseCodes | undefined;
  readonly moreCodes?: readonly ResponseCodes[];
  readonly histograms?: Readonly<Record<string, Histogram>>;
  /** Told once there is a value. */
  readonly lateHistograms?: Readonly<Record<string, Histogram>>;
}

/** Counters for each status, such as `upstream_rq_503`, and for their classes. */
export class ResponseCodes {
  readonly name: string;
  readonly byCode = new Map<number, number>();
  /** At index 1 to 5: 1xx to 5xx. */
  readonly byClass = [0, 0, 0, 0, 0, 0];

  readonly #each: boolean;

  /**
   * `upstream_rq` or `downstream_rq`. With `each`, every status is told, and every class, once there was one of it; without, all
   * classes and no status.
   */
  constructor(name: string, each = true) {
    this.name = name;
    this.#each = each;
  }

  /** Of all statuses. */
  get completed(): number {
    return this.byClass.reduce((sum, count) => sum + count, 0);
  }

  *stats(): Generator<readonly [name: string, count: number]> {
    for (let kind = 1; kind <= 5; kind += 1) {
      const count = this.byClass[kind]!;
      if (count > 0 || !this.#each) yield [`${this.name}_${kind}xx`, count];
    }
    for (const [code, count] of this.byCode) yield [`${this.name}_${code}`, count];
  }

  add(status: number): void {
    const kind = (status / 100) | 0;
    if (kind >= 1 && kind <= 5) this.byClass[kind]! += 1;
    if (this.#each) this.byCode.set(status, (this.byCode.get(status) ?? 0) + 1);
  }
}

export interface Stat {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly value: number;
}

export class MetricsRegistry {
  readonly #groups = new Set<StatGroup>();
  readonly #keeps: (name: string) => boolean;

  /** `keeps`: names that are told at all, as by Envoy's inclusion list. */
  constructor(keeps: (name: string) => boolean = () => true) {
    this.#keeps = keeps;
  }

  add<Group extends StatGroup>(group: Group): Group {
    this.#groups.add(group);
    return group;
  }

  /** What was counted is gone with it, as with Envoy's removed clusters. */
  remove(group: StatGroup): void {
    this.#groups.delete(group);
  }

  /** Groups of one prefix add up: two listeners may serve under one `http.` prefix. */
  stats(): Stat[] {
    const sums = new Map<string, { name: string; kind: Stat['kind']; value: number }>();
    for (const group of this.#groups) {
      for (const { name, kind, value } of statsOf(group)) {
        const sum = sums.get(name);
        if (sum !== undefined) sum.value += value;
        else if (this.#keeps(name)) sums.set(name, { name, kind, value });
      }
    }
    return [...sums.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  histograms(): { readonly name: string; readonly histogram: Histogram }[] {
    return [...this.#groups]
      .flatMap(({ prefix, histograms = {}, lateHistograms = {} }) =>
        [...Object.entries(histograms), ...Object.entries(lateHistograms).filter(([, { count }]) => count > 0)].map(
          ([name, histogram]) => ({ name: statName(prefix, name), histogram }),
        ),
      )
      .filter(({ name }) => this.#keeps(name));
  }
}

function statName(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function* statsOf({ prefix, counters, gauges, codes, moreCodes = [] }: StatGroup): Generator<Stat> {
  for (const name in counters) yield { name: statName(prefix, name), kind: 'counter', value: counters[name]! };
  for (const name in gauges) yield { name: statName(prefix, name), kind: 'gauge', value: gauges[name]! };
  for (const [name, value] of codes?.stats() ?? []) yield { name: statName(prefix, name), kind: 'counter', value };
  for (const more of moreCodes) {
    const { completed } = more;
    if (completed > 0) yield { name: statName(prefix, `${more.name}_completed`), kind: 'counter', value: completed };
    for (const [name, value] of more.stats()) yield { name: statName(prefix, name), kind: 'counter', value };
  }
}
