// A host that goes while connections to it are being opened keeps none of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpWorld, ok } from '../../../test/kit/http-proxy.ts';
import type { PoolWaiter } from './pool.ts';

const nobody: PoolWaiter = { onConnection: () => {}, onPoolFailure: () => {} };

test('a connection that opens after its host has gone is closed', async (t) => {
  const { backend, proxy, close } = await httpWorld(ok);
  t.after(close);
  const cluster = proxy.clusters.get('a')!;
  const host = cluster.pick({ hash: undefined, originalDestination: undefined })!;
  const { gauges, counters } = cluster.stats;
  host.pools.default.acquire(nobody);
  host.pools.default.cancel(nobody);
  assert.equal(gauges.upstream_cx_active, 1);
  host.drain();
  const end = performance.now() + 3000;
  while (gauges.upstream_cx_active > 0 || backend.sockets.size > 0) {
    assert.ok(performance.now() < end, 'the connection stays');
    await sleep(5);
  }
  assert.deepEqual([counters.upstream_cx_destroy, host.pools.default.resources.connections], [1, 0]);
});
