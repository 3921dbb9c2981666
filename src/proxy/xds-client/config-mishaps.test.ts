// Exceptions planted where configuration is applied and names are resolved: what was in force stays, and the next update comes.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRegistry, fromJson, toBinary } from '@bufbuild/protobuf';
import { FakeAds } from '../../../test/kit/fake-ads.ts';
import { staticCluster } from '../../../test/kit/http-proxy.ts';
import { anySchemas } from '../../decide/config/decode/any-types.ts';
import { decodeCluster } from '../../decide/config/decode-resource.ts';
import { TimerWheel } from '../../lib/timer-wheel.ts';
import { ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { LogFiles } from '../../telemetry/access-log/log-files.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import { ClusterSet } from '../cluster/cluster-set.ts';
import type { DnsLookup } from '../cluster/dns-lookup.ts';
import { ListenerSet } from '../listener/listener-set.ts';
import { mishapCounters } from '../mishaps.ts';
import { ConfigClient } from './config-client.ts';
import { typeUrls } from './resource-types.ts';
import { UpdateStats } from './update-stats.ts';

const registry = createRegistry(...anySchemas);

function clusterBytes(name: string): Uint8Array {
  return toBinary(ClusterSchema, fromJson(ClusterSchema, staticCluster(name, [1]), { registry }));
}

function clusterSet(t: TestContext, lookup: DnsLookup) {
  const metrics = new MetricsRegistry();
  const timers = new TimerWheel();
  const shared = { metrics, timers, random: Math.random };
  const clusters = new ClusterSet({ ...shared, lookup, log: silentLogger, onWarm: () => undefined });
  t.after(() => {
    clusters.close();
    timers.close();
  });
  return { clusters, metrics };
}

async function world(t: TestContext) {
  const { clusters, metrics } = clusterSet(t, () => Promise.resolve({ addresses: [], ttlMs: undefined }));
  const ads = new FakeAds(() => undefined);
  await ads.start();
  const stats = new UpdateStats(metrics);
  const client = new ConfigClient(clusters, {
    address: ads.address,
    node: { id: 'sidecar~127.0.0.1~a.b~b.svc.cluster.local', cluster: 'a', metadata: {} },
    dataFolder: ads.folder,
    stats,
    log: silentLogger,
  });
  const listeners = new ListenerSet({
    metrics,
    logFiles: new LogFiles(),
    drainMs: 0,
    originalDestination: () => undefined,
    handlerFor: () => assert.fail('no listener is set'),
    hasRoutes: () => true,
    log: silentLogger,
  });
  t.after(async () => {
    await client.close();
    await ads.close();
  });
  client.start(listeners);
  const asked = (): number => ads.requests.filter(({ typeUrl }) => typeUrl === typeUrls.cluster).length;
  await until(() => asked() === 1);
  return { ads, clusters, stats, asked };
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!holds()) {
    assert.ok(performance.now() < end, String(holds));
    await sleep(10);
  }
}

function throwOnce(target: object, method: string): void {
  Reflect.set(target, method, (): void => {
    Reflect.deleteProperty(target, method);
    throw new Error('planted');
  });
}

test('an update that cannot be applied is refused, and the next one is taken', { timeout: 10_000 }, async (t) => {
  const { ads, clusters, asked } = await world(t);
  throwOnce(clusters, 'set');
  ads.send('cluster', { a: clusterBytes('a') });
  await until(() => asked() === 2);
  assert.match(ads.refusals.join(), /internal error: planted/);
  ads.send('cluster', { a: clusterBytes('a') });
  await until(() => asked() === 3);
  assert.equal(ads.refusals.length, 1);
  assert.ok(clusters.get('a'));
});

test('where an answer fails, a new stream begins', { timeout: 10_000 }, async (t) => {
  const before = mishapCounters.envoy_bug_failures;
  const { ads, clusters, stats, asked } = await world(t);
  throwOnce(stats, 'updated');
  ads.send('cluster', { a: clusterBytes('a') });
  await until(() => asked() === 2);
  const again = ads.requests.findLast(({ typeUrl }) => typeUrl === typeUrls.cluster)!;
  assert.equal(again.responseNonce, '');
  assert.equal(mishapCounters.envoy_bug_failures - before, 1);
  ads.send('cluster', { b: clusterBytes('b') });
  await until(() => asked() === 3);
  assert.ok(clusters.get('b'));
});

test('addresses that cannot be used do not end the asking for them', { timeout: 10_000 }, async (t) => {
  const before = mishapCounters.envoy_bug_failures;
  let asked = 0;
  const lookup: DnsLookup = () => {
    asked += 1;
    if (asked === 1) throw new Error('planted in the resolver');
    return Promise.resolve({ addresses: [`127.0.0.${asked}`], ttlMs: undefined });
  };
  const { clusters } = clusterSet(t, lookup);
  const json = { ...staticCluster('a', [80]), type: 'STRICT_DNS', dnsRefreshRate: '0.002s', respectDnsTtl: false };
  const { value: config, issues } = decodeCluster(fromJson(ClusterSchema, json, { registry }));
  assert.deepEqual(issues, []);
  clusters.set(config!);
  const cluster = clusters.get('a') ?? (await found(clusters));
  throwOnce(cluster, 'setEndpoints');
  await until(() => mishapCounters.envoy_bug_failures > before);
  const failedAt = asked;
  await until(() => asked > failedAt);
});

async function found(clusters: ClusterSet) {
  await until(() => clusters.get('a') !== undefined);
  return clusters.get('a')!;
}
