// How load spreads over hosts, weights and priorities.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadBalancer } from '../config/cluster.ts';
import type { BalanceHost } from './balance-host.ts';
import { Balancer } from './balancer.ts';
import { priorityLoads } from './priority-load.ts';

type Health = BalanceHost['endpoint']['health'];
interface Host extends BalanceHost {
  activeRequests: number;
}

function host(key: string, weight = 1, health: Health = 'healthy'): Host {
  return { key, activeRequests: 0, endpoint: { weight, health, hostname: '' } };
}

const settings = { healthyPanicPercent: 50, overprovisioningPercent: 140 };
const roundRobin: LoadBalancer = { kind: 'round-robin', slowStart: undefined };
const leastRequest: LoadBalancer = {
  kind: 'least-request',
  choiceCount: 2,
  activeRequestBias: 1,
  slowStart: undefined,
};

/** A fixed sequence of numbers in [0, 1). */
function sequence(): () => number {
  let state = 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

function counts(policy: LoadBalancer, priorities: Host[][], picks = 1000): Record<string, number> {
  const balancer = new Balancer(policy, priorities, settings);
  const random = sequence();
  const found: Record<string, number> = {};
  for (let at = 0; at < picks; at++) {
    const key = balancer.pick({ random })?.key ?? 'none';
    found[key] = (found[key] ?? 0) + 1;
  }
  return found;
}

describe('balancing', () => {
  it('in turn', () => {
    assert.deepEqual(counts(roundRobin, [[host('a'), host('b')]]), { a: 500, b: 500 });
  });

  it('in turn by weight, spread out', () => {
    const found = counts(roundRobin, [[host('a', 1), host('b', 3)]]);
    assert.deepEqual([Math.round(found['a']! / 10), Math.round(found['b']! / 10)], [25, 75]);
  });

  it('to the host with fewer requests', () => {
    const busy = host('busy');
    busy.activeRequests = 10;
    const found = counts(leastRequest, [[host('idle'), busy]]);
    assert.ok(found['idle']! > 700 && found['busy']! > 200, JSON.stringify(found));
  });

  it('by weight over load where weights differ', () => {
    const busy = host('busy', 4);
    busy.activeRequests = 3;
    const found = counts(leastRequest, [[host('idle', 2), busy]]);
    assert.ok(Math.abs(found['idle']! - 667) < 10, JSON.stringify(found));
  });

  it('away from unhealthy hosts, until too many are', () => {
    assert.deepEqual(counts(roundRobin, [[host('a'), host('b', 1, 'unhealthy')]], 10), { a: 10 });
    const panic = counts(roundRobin, [[host('a'), host('b', 1, 'unhealthy'), host('c', 1, 'unhealthy')]], 9);
    assert.deepEqual(panic, { a: 3, b: 3, c: 3 });
  });

  it('to nobody where there is nobody', () => {
    assert.deepEqual(counts(roundRobin, [[]], 1), { none: 1 });
    assert.deepEqual(counts(roundRobin, [], 1), { none: 1 });
  });

  it('to the next priority by as much as the first lacks', () => {
    const first = [host('a'), host('b', 1, 'unhealthy')];
    const found = counts(roundRobin, [first, [host('c')]]);
    assert.ok(Math.abs(found['a']! - 700) < 50, JSON.stringify(found));
    assert.equal(found['a']! + found['c']!, 1000);
  });

  it('to degraded hosts last', () => {
    const loads = priorityLoads([[host('a', 1, 'degraded'), host('b', 1, 'degraded')]], settings);
    assert.deepEqual(loads, [{ healthy: 0, degraded: 100, panic: false }]);
  });
});
