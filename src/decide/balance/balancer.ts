// Chooses a host of a cluster: the priority by load, then among its healthy (or degraded, or in panic all) hosts by the policy.
import type { LoadBalancer } from '../config/cluster.ts';
import type { BalanceHost, Picker, Random } from './balance-host.ts';
import { LeastRequest } from './least-request.ts';
import { Maglev } from './maglev.ts';
import { type PriorityLoad, type PrioritySettings, priorityLoads } from './priority-load.ts';
import { RandomHost } from './random.ts';
import { RingHash } from './ring-hash.ts';
import { RoundRobin } from './round-robin.ts';

type PoolKind = 'all' | 'healthy' | 'degraded';

/** The hosts of a priority. Rings and tables cost time: they are made for the kinds that are asked for. */
class Pools<H extends BalanceHost> {
  readonly load: PriorityLoad;
  readonly #policy: LoadBalancer;
  readonly #hosts: readonly H[];
  readonly #pickers = new Map<PoolKind, Picker<H>>();

  constructor(policy: LoadBalancer, hosts: readonly H[], load: PriorityLoad) {
    this.#policy = policy;
    this.#hosts = hosts;
    this.load = load;
  }

  picker(kind: PoolKind): Picker<H> {
    let picker = this.#pickers.get(kind);
    if (picker === undefined) {
      picker = createPicker(this.#policy, kind === 'all' ? this.#hosts : ofHealth(this.#hosts, kind));
      this.#pickers.set(kind, picker);
    }
    return picker;
  }
}

export interface PickInputs {
  readonly random: Random;
  /** Of the request's hash policies. */
  readonly hash?: bigint | undefined;
}

/** Holds the turns of its policy. Make a new one when hosts, their health or weights change; their load may change freely. */
export class Balancer<H extends BalanceHost> {
  readonly #pools: readonly Pools<H>[];

  /** `priorities`: the hosts of each, 0 first. */
  constructor(policy: LoadBalancer, priorities: readonly (readonly H[])[], settings: PrioritySettings) {
    const loads = priorityLoads(priorities, settings);
    this.#pools = priorities.map((hosts, at) => new Pools(policy, hosts, loads[at]!));
  }

  /** undefined: no host can be used (503, flag UH). */
  pick({ random, hash }: PickInputs): H | undefined {
    const [only] = this.#pools;
    if (only === undefined) return undefined;
    const drawn = this.#drawPriority(random, hash);
    if (drawn === undefined) return undefined;
    const { pools, degraded } = drawn;
    const kind = pools.load.panic ? 'all' : degraded ? 'degraded' : 'healthy';
    return pools.picker(kind).pick(random, hash);
  }

  /** By the hash where there is one, so that equal requests keep to one priority. */
  #drawPriority(random: Random, hash: bigint | undefined): { pools: Pools<H>; degraded: boolean } | undefined {
    const [only, second] = this.#pools;
    if (second === undefined && only?.load.healthy === 100) return { pools: only, degraded: false };
    const drawn = hash === undefined ? Math.floor(random() * 100) : Number(hash % 100n);
    let end = 0;
    for (const kind of ['healthy', 'degraded'] as const) {
      for (const pools of this.#pools) {
        end += pools.load[kind];
        if (drawn < end) return { pools, degraded: kind === 'degraded' };
      }
    }
    return undefined;
  }
}

function ofHealth<H extends BalanceHost>(hosts: readonly H[], health: BalanceHost['endpoint']['health']): readonly H[] {
  return hosts.every((host) => host.endpoint.health === health)
    ? hosts
    : hosts.filter((host) => host.endpoint.health === health);
}

function createPicker<H extends BalanceHost>(policy: LoadBalancer, hosts: readonly H[]): Picker<H> {
  switch (policy.kind) {
    case 'round-robin':
      return new RoundRobin(hosts);
    case 'least-request':
      return new LeastRequest(hosts, policy.choiceCount, policy.activeRequestBias);
    case 'random':
      return new RandomHost(hosts);
    case 'ring-hash':
      return new RingHash(hosts, policy);
    case 'maglev':
      return new Maglev(hosts, policy);
    case 'cluster-provided':
      return new RandomHost(hosts);
  }
}
