// Clusters warm before they take over, follow DNS, and never lose what was good.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { decodeCluster, decodeLoadAssignment } from '../../decide/config/decode-resource.ts';
import { TimerWheel } from '../../lib/timer-wheel.ts';
import {
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_DnsLookupFamily as DnsLookupFamily,
  ClusterSchema,
} from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import { ClusterSet } from './cluster-set.ts';
import type { Resolved } from './dns-lookup.ts';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

function world(lookup: () => Promise<Resolved> = () => Promise.reject(new Error('no server'))) {
  const timers = new TimerWheel();
  let warmed = 0;
  const set = new ClusterSet({
    timers,
    lookup,
    random: Math.random,
    metrics: new MetricsRegistry(),
    log: silentLogger,
    onWarm: () => (warmed += 1),
  });
  closers.push(
    () => set.close(),
    () => timers.close(),
  );
  return { set, warmed: () => warmed };
}

function assignment(host: string): MessageInitShape<typeof ClusterLoadAssignmentSchema> {
  const portSpecifier = { case: 'portValue' as const, value: 80 };
  const address = { address: { case: 'socketAddress' as const, value: { address: host, portSpecifier } } };
  return {
    clusterName: 'a',
    endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address } } }] }],
  };
}

const decoded = (host: string) => decodeLoadAssignment(create(ClusterLoadAssignmentSchema, assignment(host))).value!;

function cluster(type: DiscoveryType, more: MessageInitShape<typeof ClusterSchema> = {}) {
  const eds = { edsConfig: { configSourceSpecifier: { case: 'ads' as const, value: {} } } };
  const message = create(ClusterSchema, {
    name: 'a',
    clusterDiscoveryType: { case: 'type', value: type },
    ...(type === DiscoveryType.EDS ? { edsClusterConfig: eds } : {}),
    ...(more as object),
  });
  const { value, issues } = decodeCluster(message);
  assert.ok(value, JSON.stringify(issues));
  return value;
}

const hostsOf = (set: ClusterSet): string[] => (set.get('a')?.hosts ?? []).map(({ key }) => key);

test('a cluster serves once its endpoints have come; a change of it has them already', () => {
  const { set, warmed } = world();
  set.set(cluster(DiscoveryType.EDS));
  assert.deepEqual([set.get('a'), set.warming, [...set.assignmentNames]], [undefined, ['a'], ['a']]);
  set.assign('a', decoded('10.0.0.1'));
  assert.deepEqual([hostsOf(set), warmed()], [['10.0.0.1:80'], 1]);
  const before = set.get('a');
  set.set(cluster(DiscoveryType.EDS, { connectTimeout: { seconds: 3n } }));
  assert.notEqual(set.get('a'), before);
  assert.deepEqual([hostsOf(set), set.get('a')?.stats === before?.stats], [['10.0.0.1:80'], true]);
});

test('endpoints that are said to be gone stay in use; a new cluster without any starts empty', () => {
  const { set } = world();
  set.set(cluster(DiscoveryType.EDS));
  set.assign('a', undefined);
  assert.deepEqual([set.warming, hostsOf(set)], [[], []]);
  set.assign('a', decoded('10.0.0.1'));
  set.assign('a', undefined);
  assert.deepEqual(hostsOf(set), ['10.0.0.1:80']);
});

test('a removed cluster is gone, also while it warms', () => {
  const { set, warmed } = world();
  set.set(cluster(DiscoveryType.EDS));
  set.remove('a');
  set.assign('a', decoded('10.0.0.1'));
  assert.deepEqual([set.get('a'), set.warming, warmed()], [undefined, [], 1]);
});

test('STRICT_DNS: all addresses of a name', async () => {
  const addresses = ['10.0.0.2', '10.0.0.1'];
  const { set } = world(() => Promise.resolve({ addresses, ttlMs: 60_000 }));
  const strict = { loadAssignment: assignment('a.test'), dnsLookupFamily: DnsLookupFamily.V4_ONLY };
  set.set(cluster(DiscoveryType.STRICT_DNS, strict));
  assert.equal(set.get('a'), undefined);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(hostsOf(set), ['10.0.0.1:80', '10.0.0.2:80']);
});

test('STRICT_DNS: a name that cannot be asked for does not hold the proxy up', async () => {
  const { set, warmed } = world();
  set.set(cluster(DiscoveryType.STRICT_DNS, { loadAssignment: assignment('a.test') }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([set.warming, hostsOf(set), warmed()], [[], [], 1]);
});

test('STRICT_DNS: an answer that may be kept for longer than Node has timers for is no reason to ask at once', async () => {
  let asked = 0;
  const { set } = world(() => {
    asked += 1;
    return Promise.resolve({ addresses: ['10.0.0.1'], ttlMs: 30 * 24 * 3600_000 });
  });
  set.set(cluster(DiscoveryType.STRICT_DNS, { loadAssignment: assignment('a.test'), respectDnsTtl: true }));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual([asked, hostsOf(set)], [1, ['10.0.0.1:80']]);
});
