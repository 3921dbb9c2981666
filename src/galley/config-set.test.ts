// What comes in becomes one model; what is bad changes nothing; what did not change keeps its identity.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatIssue } from '../lib/issue.ts';
import type { MeshModel } from '../model/mesh-model.ts';
import { ConfigSet } from './config-set.ts';
import { parseDocuments } from './yaml-documents.ts';

interface Meta {
  readonly [field: string]: unknown;
}

function service(name: string, spec: Meta = {}, metadata: Meta = {}): { object: unknown } {
  return {
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'shop', ...metadata },
      spec: { clusterIP: '10.96.0.1', ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
    },
  };
}

function pod(name: string, ip: string, metadata: Meta = {}): { object: unknown } {
  return {
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: name }, ...metadata },
      spec: { serviceAccountName: 'sa', containers: [{ name: 'app', ports: [{ name: 'web', containerPort: 8080 }] }] },
      status: { phase: 'Running', podIP: ip, conditions: [{ type: 'Ready', status: 'True' }] },
    },
  };
}

function slice(service: string, endpoints: readonly Meta[], name = `${service}-1`): { object: unknown } {
  return {
    object: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080 }],
      endpoints,
    },
  };
}

const serviceId = (name: string) => ({ apiVersion: 'v1', kind: 'Service', namespace: 'shop', name });

/** A set that tells only when flushed, and what it told. */
function makeSet(): { set: ConfigSet; told: MeshModel[] } {
  const set = new ConfigSet({ quietMs: 60_000, longestMs: 60_000 });
  const told: MeshModel[] = [];
  set.onChange((model) => told.push(model));
  return { set, told };
}

test('services come in order of age, then name, then namespace', (t) => {
  const { set } = makeSet();
  t.after(() => set.close());
  set.apply(service('b', {}, { creationTimestamp: '2026-01-01T00:00:05Z' }));
  set.apply(service('c', {}, { creationTimestamp: '2026-01-01T00:00:04.900Z' }));
  set.apply(service('a', {}, { creationTimestamp: '2026-01-01T00:00:05Z' }));
  set.apply(service('a', {}, { creationTimestamp: '2026-01-01T00:00:05Z', namespace: 'early' }));
  assert.deepEqual(
    set.flush().services.map(({ namespace, name }) => `${namespace}/${name}`),
    ['shop/c', 'early/a', 'shop/a', 'shop/b'],
  );
});

test('only what matters makes a new model', (t) => {
  const { set, told } = makeSet();
  t.after(() => set.close());
  set.apply(service('a', {}, { resourceVersion: '1' }));
  set.apply(service('b'));
  const first = set.flush();
  set.apply(service('a', {}, { resourceVersion: '2', managedFields: [{}], generation: 7 }));
  set.apply({ object: { ...(service('a').object as object), status: { loadBalancer: {} } } });
  set.apply(service('b'));
  assert.equal(set.flush(), first);
  assert.equal(told.length, 1);
  set.apply(service('a', { clusterIP: '10.96.0.9' }));
  const second = set.flush();
  assert.equal(second.generation, first.generation + 1);
  assert.equal(second.services[1], first.services[1]);
  assert.equal(second.endpoints, first.endpoints);
  assert.equal(second.routeTables, first.routeTables);
});

test('a comment in a file changes nothing but the places', (t) => {
  const { set, told } = makeSet();
  t.after(() => set.close());
  const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\nspec:\n  ports: [{port: 80}]\n';
  const [before] = parseDocuments(text, 'a.yaml').documents;
  const [after] = parseDocuments(`# a comment\n${text}`, 'a.yaml').documents;
  set.apply(before!);
  set.flush();
  const ref = { kind: 'Service', namespace: 'shop', name: 'a' };
  assert.equal(set.placeOf(ref, 'spec.ports')?.line, 5);
  set.apply(after!);
  set.flush();
  assert.equal(told.length, 1);
  assert.equal(set.placeOf(ref, 'spec.ports')?.line, 6);
});

test('a bad update keeps the last good one and is told, until it is mended', (t) => {
  const { set, told } = makeSet();
  t.after(() => set.close());
  set.apply(service('a'));
  const good = set.flush();
  const issues = set.apply(service('a', { ports: [{ port: 99_999 }] }));
  assert.deepEqual(issues.map(formatIssue), ['error: spec.ports[0].port: 99999 is out of range (1 to 65535)']);
  assert.equal(set.flush(), good);
  assert.equal(set.issues().length, 1);
  set.apply(service('a', { clusterIP: '10.96.0.2' }));
  assert.deepEqual(set.flush().services[0]!.addresses, ['10.96.0.2']);
  assert.deepEqual(set.issues(), []);
  assert.equal(told.length, 2);
});

test('issues are told also when the model stays as it is', (t) => {
  const { set, told } = makeSet();
  t.after(() => set.close());
  set.apply(service('a'));
  set.flush();
  const heard: string[][] = [];
  set.onIssues(() => heard.push(set.issues().map((issue) => issue.code)));
  set.apply(service('a', { ports: [{ port: 0 }] }));
  set.flush();
  set.apply(service('b'));
  set.flush();
  set.delete(serviceId('a'));
  set.flush();
  assert.deepEqual(heard, [['out-of-range'], []]);
  assert.equal(told.length, 3);
});

test('what is deleted is gone, good or bad', (t) => {
  const { set } = makeSet();
  t.after(() => set.close());
  set.apply(service('a'));
  set.apply(service('a', { ports: 'none' }));
  set.delete(serviceId('a'));
  assert.deepEqual(set.flush().services, []);
  assert.deepEqual(set.issues(), []);
});

test('replaceAll touches only its own source', (t) => {
  const { set } = makeSet();
  t.after(() => set.close());
  set.apply(service('mine'), 'x');
  set.apply(service('other'), 'y');
  set.replaceAll([service('new')], 'x');
  assert.deepEqual(
    set.flush().services.map(({ name }) => name),
    ['new', 'other'],
  );
});

test('slices are joined with services and pods', (t) => {
  const { set } = makeSet();
  t.after(() => set.close());
  set.apply(service('a', { selector: { app: 'a' } }));
  set.apply(pod('a-1', '10.244.0.2', { labels: { app: 'a', version: 'v1' } }));
  const ref = { kind: 'Pod', name: 'a-1', namespace: 'shop' };
  const late = { addresses: ['10.244.0.3'], conditions: { ready: false } };
  set.apply(slice('a', [late, { addresses: ['10.244.0.2'], targetRef: ref }]));
  const first = set.flush();
  assert.deepEqual(first.endpoints.get('shop/a.shop.svc.cluster.local'), [
    {
      address: '10.244.0.2',
      port: 8080,
      portName: 'http',
      health: 'healthy',
      labels: { app: 'a', version: 'v1' },
      serviceAccount: 'sa',
      namespace: 'shop',
      workloadName: 'a-1',
      locality: { region: '', zone: '', subZone: '' },
      weight: 0,
      network: '',
    },
  ]);
  set.apply(slice('a', [{ addresses: ['10.244.0.2'], targetRef: ref }, late]));
  assert.equal(set.flush(), first);
  set.apply(slice('a', [{ addresses: ['10.244.0.2'] }, { addresses: ['10.244.0.3'] }]));
  assert.equal(set.flush().endpoints.get('shop/a.shop.svc.cluster.local')?.length, 2);
});

test('a service that publishes what is not ready has all its endpoints', (t) => {
  const { set } = makeSet();
  t.after(() => set.close());
  set.apply(service('a', { clusterIP: 'None', publishNotReadyAddresses: true }));
  set.apply(slice('a', [{ addresses: ['10.244.0.3'], conditions: { ready: false } }]));
  const { services, endpoints } = set.flush();
  assert.equal(services[0]!.resolution, 'passthrough');
  assert.equal(endpoints.get('shop/a.shop.svc.cluster.local')?.length, 1);
});

test('a pod that ended is no workload', (t) => {
  const { set } = makeSet();
  t.after(() => set.close());
  set.apply(pod('a', '10.244.0.2'));
  assert.equal(set.flush().workloads.length, 1);
  const ended = { ...(pod('a', '10.244.0.2').object as object), status: { phase: 'Succeeded', podIP: '10.244.0.2' } };
  set.apply({ object: ended });
  assert.equal(set.flush().workloads.length, 0);
});

test('MeshConfig in the root namespace is in force, and what depends on it is lowered anew', (t) => {
  const { set } = makeSet();
  t.after(() => set.close());
  const mesh = (namespace: string, text: string): { object: unknown } => ({
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace }, data: { mesh: text } },
  });
  set.apply(service('a'));
  set.apply(mesh('elsewhere', 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'));
  assert.equal(set.flush().settings.outboundPolicy, 'allow-any');
  set.apply(mesh('istio-system', 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}\ndefaultServiceExportTo: ["."]\n'));
  const model = set.flush();
  assert.equal(model.settings.outboundPolicy, 'registry-only');
  assert.deepEqual(model.services[0]!.exportTo, { all: false, namespaces: ['shop'] });
  const bad = set.apply(mesh('istio-system', 'outboundTrafficPolicy: {mode: REGISTRY_ONL}'));
  assert.equal(bad[0]?.code, 'bad-enum');
  assert.equal(set.flush(), model);
  set.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio' });
  assert.deepEqual(set.flush().services[0]!.exportTo, { all: true });
});

test('a burst is told once, and soon', async (t) => {
  const set = new ConfigSet();
  t.after(() => set.close());
  const told: number[] = [];
  set.onChange(() => told.push(performance.now()));
  const start = performance.now();
  for (let i = 0; i < 50; i += 1) set.apply(service(`s${i}`));
  await sleep(150);
  assert.equal(told.length, 1);
  assert.ok(told[0]! - start < 1000, `${told[0]! - start} ms`);
});

test('steady changes do not put the telling off for long', async (t) => {
  const set = new ConfigSet({ quietMs: 30, longestMs: 60 });
  t.after(() => set.close());
  let told = 0;
  set.onChange(() => (told += 1));
  for (let i = 0; i < 20; i += 1) {
    set.apply(service('a', { clusterIP: `10.96.0.${i + 1}` }));
    await sleep(10);
  }
  assert.ok(told >= 2, `told ${told} times`);
});
