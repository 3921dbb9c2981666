// How pods live and end: init containers, sidecars, probes, restarts, termination.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Pod } from '../../src/lib/kubernetes.ts';
import { checkout } from '../kit/mesh.ts';
import { eventually, PlainMesh } from '../kit/plain-mesh.ts';

let plain: PlainMesh;
before(
  async () =>
    void (plain = await PlainMesh.start(join(checkout, 'test/e2e/testdata/pod-life.yaml'), ['--ready-timeout', '4'])),
);
after(() => plain?.stop());

const order = (): string => readFileSync(join(plain.mesh.state, 'claims/default_order/log'), 'utf8');
const state = (pod: Pod | undefined): Pod['status'] => pod?.status;

test('init containers run in order, a sidecar has started before what follows it', async () => {
  await eventually(
    async () => order(),
    (text) => text === 'first\nhelper\nsecond\nmain\n',
  );
  const status = state(await plain.pod('ordered'));
  assert.equal(status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  assert.deepEqual(
    status?.initContainerStatuses?.map(({ ready }) => ready),
    [true, true, true],
  );
});

test('a container that ends is started again, at once and then with back-off', async () => {
  const crashing = async (): Promise<Pod['status']> => state(await plain.pod('crashing'));
  const status = await eventually(crashing, (each) => each?.containerStatuses?.[0]?.state?.waiting !== undefined);
  const [main] = status?.containerStatuses ?? [];
  assert.equal(main?.state?.waiting?.reason, 'CrashLoopBackOff');
  assert.equal(main?.restartCount, 2);
  const { stdout } = await plain.mesh.heddle(['logs', 'crashing']);
  assert.equal(stdout, 'started\nstarted\n');
});

test('a failing liveness probe restarts the container, with its volumes but a fresh file system', async () => {
  const restarts = async (): Promise<number> =>
    state(await plain.pod('sick'))?.containerStatuses?.[0]?.restartCount ?? 0;
  await eventually(restarts, (count) => count === 1);
  await new Promise((wake) => setTimeout(wake, 2500));
  assert.equal(await restarts(), 1);
  // Volumes are the pod's and stay; the container's own files are new at each start.
  assert.equal(await plain.inside('sick', 'cat /kept/runs /tmp/runs'), 'run\nrun\nrun');
});

test('a pod that is to run once has succeeded', async () => {
  await eventually(
    async () => state(await plain.pod('once'))?.phase,
    (phase) => phase === 'Succeeded',
  );
});

test('a container waits for the ConfigMap that it needs', async () => {
  const late = async (): Promise<Pod['status']> => state(await plain.pod('late'));
  const waiting = (await late())?.containerStatuses?.[0]?.state?.waiting;
  assert.equal(waiting?.reason, 'CreateContainerConfigError');
  assert.match(waiting?.message ?? '', /"comes-later" not found/);
  const metadata = { name: 'comes-later', namespace: 'default' };
  await plain.mesh.api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'value' } });
  await eventually(late, (status) => status?.phase === 'Running' && status.containerStatuses?.[0]?.ready === true);
});

test('the end: the application first, with its time, then the sidecar; then the pod is gone', async () => {
  const pod = await plain.pod('ordered');
  assert.ok(pod);
  await plain.mesh.api.remove(pod);
  assert.notEqual((await plain.pod('ordered'))?.metadata.deletionTimestamp, undefined);
  await eventually(
    async () => (await plain.pod('ordered')) === undefined,
    (gone) => gone,
  );
  assert.match(order(), /main ends\nhelper ends\n$/);
});

test('what was not ready in time was shown with its reason and its last lines', () => {
  assert.match(plain.mesh.output, /pod default\/crashing is not ready after 4 s: .*\n.*\n {4}started\n/);
  assert.match(plain.mesh.output, /pod default\/late is not ready after 4 s: .*"comes-later" not found/);
});
