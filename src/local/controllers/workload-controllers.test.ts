// Deployments, ReplicaSets, StatefulSets, DaemonSets and Jobs, on a real store.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Pod } from '../../lib/kubernetes.ts';
import { bench, readyStatus, setImage, workload } from '../../../test/kit/controller-bench.ts';

const imageOf = (pod: Pod): string | undefined => pod.spec.containers[0]?.image;
const ready = (pod: Pod): boolean => pod.status?.podIP !== undefined && pod.metadata.deletionTimestamp === undefined;

test("a deployment's pods are named as in Kubernetes and say which workload they are of", async () => {
  using mesh = bench();
  mesh.store.create(workload('Deployment', 'reviews-v1', { replicas: 2 }));
  await mesh.runPods();
  assert.equal(mesh.podNames().length, 2);
  for (const pod of mesh.pods()) {
    assert.match(pod.metadata.name, /^reviews-v1-[a-z0-9]{10}-[a-z0-9]{5}$/);
    assert.equal(pod.metadata.ownerReferences?.[0]?.kind, 'ReplicaSet');
    assert.equal(pod.metadata.ownerReferences?.[0]?.name, `reviews-v1-${pod.metadata.labels?.['pod-template-hash']}`);
  }
  const status = mesh.store.get('deployments.apps', 'shop', 'reviews-v1')?.['status'];
  assert.partialDeepStrictEqual(status, {
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    observedGeneration: 1,
  });
  assert.deepEqual(mesh.errors, []);
});

test('when all is well nothing is written', async () => {
  using mesh = bench();
  mesh.store.create(workload('Deployment', 'web', { replicas: 3 }));
  mesh.store.create(workload('StatefulSet', 'db', { replicas: 1 }));
  await mesh.runPods();
  const before = mesh.store.resourceVersion;
  mesh.store.modify({ resource: 'namespaces', namespace: '', name: 'shop' }, ({ metadata }) => {
    metadata.labels = { touched: 'yes' };
  });
  await mesh.controllers.idle();
  assert.equal(mesh.store.resourceVersion, before + 1);
});

test('a rollout brings new pods up before old ones go, and never goes below the limit', async () => {
  using mesh = bench();
  mesh.store.create(workload('Deployment', 'web', { replicas: 4 }));
  await mesh.runPods();
  setImage(mesh.store, 'web', 'app:2');
  for (let step = 0; step < 20; step += 1) {
    await mesh.runPods(
      (pod) =>
        pod === mesh.pods().find((each) => each.status?.podIP === undefined) ||
        pod.metadata.deletionTimestamp !== undefined,
    );
    const up = mesh.pods().filter(ready);
    assert.ok(up.length >= 3, `only ${up.length} ready in step ${step}`);
    assert.ok(mesh.pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined).length <= 5);
  }
  assert.deepEqual(mesh.pods().map(imageOf), Array(4).fill('app:2'));
  assert.partialDeepStrictEqual(mesh.store.get('deployments.apps', 'shop', 'web'), {
    metadata: { generation: 2, annotations: { 'deployment.kubernetes.io/revision': '2' } },
    status: { observedGeneration: 2, updatedReplicas: 4, replicas: 4, unavailableReplicas: 0 },
  });
});

test('one replica is replaced without a gap', async () => {
  using mesh = bench();
  mesh.store.create(workload('Deployment', 'web'));
  await mesh.runPods();
  setImage(mesh.store, 'web', 'app:2');
  await mesh.controllers.idle();
  assert.deepEqual(new Set(mesh.pods().map(imageOf)), new Set(['app:1', 'app:2']));
  assert.equal(mesh.pods().filter(ready).length, 1);
  await mesh.runPods();
  await mesh.runPods();
  assert.deepEqual(mesh.pods().map(imageOf), ['app:2']);
});

test('a new image that never becomes ready leaves the old pods alone; going back removes it', async () => {
  using mesh = bench();
  mesh.store.create(workload('Deployment', 'web', { replicas: 2 }));
  await mesh.runPods();
  setImage(mesh.store, 'web', 'broken:1');
  const notBroken = (pod: Pod): boolean => imageOf(pod) !== 'broken:1' || pod.metadata.deletionTimestamp !== undefined;
  await mesh.runPods(notBroken);
  await mesh.runPods(notBroken);
  assert.equal(mesh.pods().filter(ready).length, 2);
  setImage(mesh.store, 'web', 'app:1');
  await mesh.runPods(notBroken);
  await mesh.runPods(notBroken);
  assert.deepEqual(mesh.pods().map(imageOf), ['app:1', 'app:1']);
  assert.equal(mesh.store.list('replicasets.apps').length, 2);
});

test('Recreate takes all old pods away first', async () => {
  using mesh = bench();
  mesh.store.create(workload('Deployment', 'web', { replicas: 2, strategy: { type: 'Recreate' } }));
  await mesh.runPods();
  setImage(mesh.store, 'web', 'app:2');
  await mesh.controllers.idle();
  assert.ok(mesh.pods().every((pod) => imageOf(pod) === 'app:1' && pod.metadata.deletionTimestamp !== undefined));
  await mesh.runPods();
  await mesh.runPods();
  assert.deepEqual(mesh.pods().map(imageOf), ['app:2', 'app:2']);
});

test('scaling follows replicas, and the pods that serve least go first', async () => {
  using mesh = bench();
  const ref = { resource: 'deployments.apps', namespace: 'shop', name: 'web' };
  mesh.store.create(workload('Deployment', 'web', { replicas: 3 }));
  await mesh.runPods();
  const [first, second] = mesh.pods();
  assert.ok(first !== undefined && second !== undefined);
  mesh.store.setStatus(
    { resource: 'pods', namespace: 'shop', name: second.metadata.name },
    readyStatus('10.244.9.9', 'False'),
  );
  mesh.store.modify(ref, (each) => Object.assign(each['spec'] ?? {}, { replicas: 2 }));
  await mesh.runPods();
  assert.equal(mesh.podNames().includes(second.metadata.name), false);
  mesh.store.modify(ref, (each) => Object.assign(each['spec'] ?? {}, { replicas: 0 }));
  await mesh.runPods();
  assert.deepEqual(mesh.podNames(), []);
});

test('a pod that is deleted or has ended is replaced', async () => {
  using mesh = bench();
  mesh.store.create(workload('Deployment', 'web'));
  await mesh.runPods();
  const [before = ''] = mesh.podNames();
  mesh.store.delete({ resource: 'pods', namespace: 'shop', name: before });
  await mesh.runPods();
  const after = mesh.podNames();
  assert.equal(after.length, 1);
  assert.notEqual(after[0], before);
});

test('deleting a deployment deletes its pods; orphaned ones stay', async () => {
  using mesh = bench();
  mesh.store.create(workload('Deployment', 'web', { replicas: 2 }));
  mesh.store.create(workload('Deployment', 'kept', { replicas: 1 }));
  await mesh.runPods();
  mesh.store.delete({ resource: 'deployments.apps', namespace: 'shop', name: 'web' });
  mesh.store.delete({ resource: 'deployments.apps', namespace: 'shop', name: 'kept' }, { orphan: true });
  await mesh.runPods();
  assert.equal(mesh.pods().length, 1);
  assert.match(mesh.podNames()[0] ?? '', /^kept-/);
  assert.equal(mesh.store.list('replicasets.apps').length, 1);
});

test('a stateful set makes its pods in order and replaces them from the last', async () => {
  using mesh = bench();
  mesh.store.create(workload('StatefulSet', 'db', { replicas: 3, serviceName: 'db' }));
  await mesh.controllers.idle();
  assert.deepEqual(mesh.podNames(), ['db-0']);
  for (let i = 0; i < 3; i += 1) await mesh.runPods();
  assert.deepEqual(mesh.podNames(), ['db-0', 'db-1', 'db-2']);
  assert.partialDeepStrictEqual(mesh.pods()[1]?.spec, { hostname: 'db-1', subdomain: 'db' });
  mesh.store.modify({ resource: 'statefulsets.apps', namespace: 'shop', name: 'db' }, (each) => {
    Object.assign(each, workload('StatefulSet', 'db', { replicas: 3, serviceName: 'db' }, 'app:2'), {
      metadata: each.metadata,
    });
  });
  await mesh.controllers.idle();
  assert.deepEqual(
    mesh.pods().map(({ metadata }) => metadata.deletionTimestamp !== undefined),
    [false, false, true],
  );
  for (let i = 0; i < 6; i += 1) await mesh.runPods();
  assert.deepEqual(mesh.pods().map(imageOf), ['app:2', 'app:2', 'app:2']);
});

test('a daemon set has one pod on this machine', async () => {
  using mesh = bench();
  mesh.store.create(workload('DaemonSet', 'agent'));
  await mesh.runPods();
  assert.equal(mesh.pods().length, 1);
  assert.partialDeepStrictEqual(mesh.store.get('daemonsets.apps', 'shop', 'agent')?.['status'], { numberReady: 1 });
});

test('a job ends with its pod', async () => {
  using mesh = bench();
  mesh.store.create(workload('Job', 'once'));
  await mesh.runPods();
  const [name = ''] = mesh.podNames();
  mesh.store.setStatus({ resource: 'pods', namespace: 'shop', name }, { phase: 'Succeeded' });
  await mesh.controllers.idle();
  assert.deepEqual(mesh.podNames(), [name]);
  assert.partialDeepStrictEqual(mesh.store.get('jobs.batch', 'shop', 'once')?.['status'], { succeeded: 1, active: 0 });
});

test('an ownerless pod stays', async () => {
  using mesh = bench();
  mesh.store.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'alone', namespace: 'shop' },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  });
  await mesh.runPods();
  assert.deepEqual(mesh.podNames(), ['alone']);
});
