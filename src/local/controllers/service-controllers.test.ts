// Cluster addresses, EndpointSlices, service accounts and namespaces, on a real store.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { bench, object, readyStatus, workload } from '../../../test/kit/controller-bench.ts';
import { serviceAddresses } from './service-addresses.ts';

const slices = 'endpointslices.discovery.k8s.io';

function service(name: string, spec: object = {}): KubernetesObject {
  return object('v1', 'Service', name, 'shop', {
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
  });
}

function addressOf(each: KubernetesObject | undefined): unknown {
  const spec = each?.['spec'];
  return typeof spec === 'object' && spec !== null ? Reflect.get(spec, 'clusterIP') : undefined;
}

test('services get addresses, keep them over updates and restarts, and have them again when made again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-addresses-'));
  const options = { dbFile: join(folder, 'api.db'), mutators: [serviceAddresses('10.96.0.0/16')] };
  try {
    let first: unknown;
    {
      using mesh = bench(options);
      first = addressOf(mesh.store.create(service('web')));
      assert.match(String(first), /^10\.96\.\d+\.\d+$/);
      assert.equal(addressOf(mesh.store.update(service('web', { ports: [{ port: 81 }] }))), first);
    }
    using mesh = bench(options);
    assert.equal(addressOf(mesh.store.get('services', 'shop', 'web')), first);
    mesh.store.delete({ resource: 'services', namespace: 'shop', name: 'web' });
    assert.equal(addressOf(mesh.store.create(service('web'))), first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an address that is asked for is honoured, or refused when it is taken, outside or changed', () => {
  using mesh = bench({ mutators: [serviceAddresses('10.96.0.0/16')] });
  const ask = (name: string, clusterIP: string): unknown => addressOf(mesh.store.create(service(name, { clusterIP })));
  assert.equal(ask('dns', '10.96.0.10'), '10.96.0.10');
  assert.equal(ask('headless', 'None'), 'None');
  assert.throws(() => ask('other', '10.96.0.10'), /provided IP is already allocated/);
  assert.throws(() => ask('other', '10.97.0.10'), /not in the valid range 10\.96\.0\.0\/16/);
  assert.throws(() => ask('other', 'web'), /must be an IPv4 address/);
  assert.throws(() => mesh.store.update(service('dns', { clusterIP: '10.96.0.11' })), /may not change once set/);
  const external = mesh.store.create(service('far', { type: 'ExternalName', externalName: 'a.test' }));
  assert.equal(addressOf(external), undefined);
});

test('a small range is used up to the last address and then says so', () => {
  using mesh = bench({ mutators: [serviceAddresses('10.9.0.0/29')] });
  const given = Array.from({ length: 6 }, (_, i) => String(addressOf(mesh.store.create(service(`s${i}`)))));
  assert.deepEqual(
    given.toSorted(),
    [1, 2, 3, 4, 5, 6].map((last) => `10.9.0.${last}`),
  );
  assert.throws(() => mesh.store.create(service('s7')), /all addresses of 10\.9\.0\.0\/29 are taken/);
});

test('slices follow pods: ready, serving while they end, then gone', async () => {
  using mesh = bench();
  mesh.store.create(service('web'));
  mesh.store.create(workload('Deployment', 'web', { replicas: 2 }));
  await mesh.runPods();
  const [slice, ...others] = mesh.store.list(slices);
  assert.deepEqual(others, []);
  assert.match(slice?.metadata.name ?? '', /^web-[a-z0-9]{5}$/);
  assert.equal(slice?.metadata.labels?.['kubernetes.io/service-name'], 'web');
  assert.deepEqual(slice?.['ports'], [{ name: 'http', port: 8080, protocol: 'TCP' }]);
  const endpointsNow = (): unknown[] => {
    const [now] = mesh.store.list(slices);
    return Array.isArray(now?.['endpoints']) ? now['endpoints'] : [];
  };
  assert.equal(endpointsNow().length, 2);
  const [going, staying] = mesh.pods();
  assert.ok(going !== undefined && staying !== undefined);
  mesh.store.delete({ resource: 'pods', namespace: 'shop', name: going.metadata.name });
  const unready = { resource: 'pods', namespace: 'shop', name: staying.metadata.name };
  mesh.store.setStatus(unready, readyStatus('10.244.5.5', 'False'));
  await mesh.controllers.idle();
  const conditionsOf = (pod: string): unknown =>
    endpointsNow().find((each) => JSON.stringify(each).includes(`"name":"${pod}"`));
  assert.partialDeepStrictEqual(conditionsOf(going.metadata.name), {
    conditions: { ready: false, serving: true, terminating: true },
  });
  assert.partialDeepStrictEqual(conditionsOf(staying.metadata.name), {
    addresses: ['10.244.5.5'],
    conditions: { ready: false, serving: false, terminating: false },
  });
  mesh.store.delete({ resource: 'services', namespace: 'shop', name: 'web' });
  await mesh.controllers.idle();
  assert.deepEqual(mesh.store.list(slices), []);
});

test('a named target port that differs between pods makes two slices; a service without pods has an empty one', async () => {
  using mesh = bench();
  mesh.store.create(service('web'));
  mesh.store.create(service('empty', { selector: { app: 'nobody' } }));
  mesh.store.create(service('manual', { selector: undefined }));
  for (const [name, containerPort] of [
    ['a', 8080],
    ['b', 9090],
  ] as const) {
    const spec = { containers: [{ name: 'app', ports: [{ name: 'http', containerPort }] }] };
    const pod = object('v1', 'Pod', name, 'shop', { spec });
    mesh.store.create({ ...pod, metadata: { ...pod.metadata, labels: { app: 'web' } } });
  }
  await mesh.runPods();
  const of = (name: string): KubernetesObject[] =>
    mesh.store.list(slices).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
  assert.equal(of('web').length, 2);
  assert.deepEqual(
    of('empty').map(({ endpoints }) => endpoints),
    [[]],
  );
  assert.deepEqual(of('manual'), []);
});

test('headless services name their pods', async () => {
  using mesh = bench({ mutators: [serviceAddresses('10.96.0.0/16')] });
  mesh.store.create(service('db', { selector: { app: 'db' }, clusterIP: 'None', publishNotReadyAddresses: true }));
  mesh.store.create(workload('StatefulSet', 'db', { serviceName: 'db' }));
  await mesh.controllers.idle();
  mesh.store.setStatus({ resource: 'pods', namespace: 'shop', name: 'db-0' }, readyStatus('10.244.0.9', 'False'));
  await mesh.controllers.idle();
  assert.partialDeepStrictEqual(mesh.store.list(slices)[0], {
    endpoints: [{ hostname: 'db-0', conditions: { ready: true, serving: false } }],
  });
});

test('every namespace has its default service account, also after it was deleted', async () => {
  using mesh = bench();
  await mesh.controllers.idle();
  const ref = { resource: 'serviceaccounts', namespace: 'shop', name: 'default' };
  mesh.store.delete(ref);
  await mesh.controllers.idle();
  assert.ok(mesh.store.get(ref.resource, ref.namespace, ref.name));
});

test('a namespace goes with all that is in it, once its pods have ended', async () => {
  using mesh = bench();
  mesh.store.create(service('web'));
  mesh.store.create(workload('Deployment', 'web', { replicas: 2 }));
  await mesh.runPods();
  mesh.store.delete({ resource: 'namespaces', namespace: '', name: 'shop' });
  await mesh.controllers.idle();
  assert.partialDeepStrictEqual(mesh.store.get('namespaces', '', 'shop'), { status: { phase: 'Terminating' } });
  assert.throws(() => mesh.store.create(service('late')), /because it is being terminated/);
  await mesh.runPods();
  assert.equal(mesh.store.get('namespaces', '', 'shop'), undefined);
  assert.deepEqual(mesh.store.list('services', 'shop'), []);
  assert.deepEqual(mesh.errors, []);
});

test('what was left undone when the process died is done at the next start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-controllers-'));
  const dbFile = join(folder, 'api.db');
  try {
    {
      using mesh = bench({ dbFile });
      mesh.controllers.close();
      mesh.store.create(workload('Deployment', 'web'));
      mesh.store.create(service('web'));
    }
    using mesh = bench({ dbFile });
    await mesh.runPods();
    assert.equal(mesh.pods().length, 1);
    assert.equal(mesh.store.list(slices).length, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
