// Least request: of a few hosts drawn at random the one with the fewest requests; where weights differ, by weight over load.
import type { BalanceHost, Picker, Random } from './balance-host.ts';
import { haveEqualWeights, WeightedSchedule } from './weighted-schedule.ts';

export class LeastRequest<H extends BalanceHost> implements Picker<H> {
  readonly #hosts: readonly H[];
  readonly #choiceCount: number;
  readonly #schedule: WeightedSchedule<H> | undefined;

  constructor(hosts: readonly H[], choiceCount: number, activeRequestBias: number) {
    this.#hosts = hosts;
    this.#choiceCount = choiceCount;
    if (!haveEqualWeights(hosts)) {
      const weight = (host: H): number => host.endpoint.weight / (host.activeRequests + 1) ** activeRequestBias;
      this.#schedule = new WeightedSchedule(hosts, weight);
    }
  }

  pick(random: Random): H | undefined {
    if (this.#hosts.length === 0) return undefined;
    if (this.#schedule !== undefined) return this.#schedule.next();
    let best = this.#draw(random);
    for (let drawn = 1; drawn < this.#choiceCount; drawn++) {
      const other = this.#draw(random);
      if (other.activeRequests < best.activeRequests) best = other;
    }
    return best;
  }

  /** The same host may be drawn twice. */
  #draw(random: Random): H {
    return this.#hosts[Math.floor(random() * this.#hosts.length)]!;
  }
}
