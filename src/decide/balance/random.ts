// Any host, whatever its weight, as Envoy's random balancer.
import type { BalanceHost, Picker, Random } from './balance-host.ts';

export class RandomHost<H extends BalanceHost> implements Picker<H> {
  readonly #hosts: readonly H[];

  constructor(hosts: readonly H[]) {
    this.#hosts = hosts;
  }

  pick(random: Random): H | undefined {
    return this.#hosts[Math.floor(random() * this.#hosts.length)];
  }
}
