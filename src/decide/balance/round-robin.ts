// Round robin: in turn, from a random start; by weight where weights differ.
import type { BalanceHost, Picker, Random } from './balance-host.ts';
import { haveEqualWeights, WeightedSchedule } from './weighted-schedule.ts';

export class RoundRobin<H extends BalanceHost> implements Picker<H> {
  readonly #hosts: readonly H[];
  readonly #schedule: WeightedSchedule<H> | undefined;
  #next = -1;

  constructor(hosts: readonly H[]) {
    this.#hosts = hosts;
    if (!haveEqualWeights(hosts)) this.#schedule = new WeightedSchedule(hosts, ({ endpoint }) => endpoint.weight);
  }

  pick(random: Random): H | undefined {
    const { length } = this.#hosts;
    if (length === 0) return undefined;
    if (this.#next < 0) {
      // Otherwise all proxies that get a change at once would begin with the same host.
      this.#next = Math.floor(random() * length);
      for (let skip = 0; skip < this.#next; skip++) this.#schedule?.next();
    }
    if (this.#schedule !== undefined) return this.#schedule.next();
    const host = this.#hosts[this.#next];
    this.#next = (this.#next + 1) % length;
    return host;
  }
}
