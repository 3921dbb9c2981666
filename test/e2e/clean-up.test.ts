// However a mesh ends, nothing of it stays; and what was configured is there again after it was killed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { leftSince, processesWith, type Snapshot, snapshot } from '../kit/leftovers.ts';
import { checkout, Mesh } from '../kit/mesh.ts';
import { PodClient } from '../kit/pod-client.ts';

const args = ['--images', join(checkout, 'samples/images.yaml'), '--no-gateway', '--publish', 'none'];
const manifests = ['hello.yaml', 'client.yaml'].map((name) => join(checkout, 'test/e2e/testdata', name));

let atFirst: Snapshot;
let state: string;

before(() => {
  atFirst = snapshot();
  state = mkdtempSync(join(tmpdir(), 'heddle-clean-'));
});
after(() => rmSync(state, { recursive: true, force: true }));

function assertNothingLeft(): void {
  assert.deepEqual(leftSince(atFirst), []);
  assert.deepEqual(processesWith(state), []);
}

async function helloFrom(mesh: Mesh): Promise<string> {
  const pods = await mesh.api.list('v1', 'Pod', 'default');
  const client = new PodClient(
    mesh,
    `default/${pods.find(({ metadata }) => metadata.name.startsWith('client-'))!.metadata.name}`,
  );
  try {
    const [outcome] = await client.send({ request: { url: 'http://hello:5000/hello' } });
    return outcome!.body ?? outcome!.error ?? '';
  } finally {
    client.close();
  }
}

for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) {
  test(`${signal} leaves nothing behind`, async () => {
    const mesh = await Mesh.start({ state, args: [...args, ...manifests] });
    await mesh.stop(signal);
    assertNothingLeft();
  });
}

test('with Envoy as well', async () => {
  const mesh = await Mesh.start({ state, args: ['--proxy', 'envoy', ...args, ...manifests] });
  assert.match(await helloFrom(mesh), /Hello version/);
  await mesh.stop();
  assertNothingLeft();
});

test('heddle down ends the mesh and leaves nothing behind', async () => {
  const mesh = await Mesh.start({ state, args: [...args, ...manifests] });
  const ended = once(mesh.process, 'exit');
  const { code, stderr } = await mesh.heddle(['down']);
  assert.equal(code, 0, stderr);
  await ended;
  assertNothingLeft();
});

test('a second up on the same state is refused and names the first', async () => {
  const mesh = await Mesh.start({ state, args: [...args, ...manifests] });
  try {
    await assert.rejects(Mesh.start({ state, args }), new RegExp(String(mesh.process.pid)));
    assert.match(await helloFrom(mesh), /Hello version/);
  } finally {
    await mesh.stop();
  }
  assertNothingLeft();
});

test('up killed with -9 and started again: clean, with the same configuration', async () => {
  const first = await Mesh.start({ state, args: [...args, ...manifests] });
  const addresses = async (mesh: Mesh): Promise<string[]> =>
    (await mesh.api.list('v1', 'Service')).map(
      (service) => `${service.metadata.name} ${(service['spec'] as { clusterIP?: string }).clusterIP}`,
    );
  const rule = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'by-hand', namespace: 'default' },
    spec: { hosts: ['hello'], http: [{ route: [{ destination: { host: 'hello', subset: 'v2' } }] }] },
  };
  assert.equal((await first.api.create(rule)).status, 201);
  const before = await addresses(first);
  const ended = once(first.process, 'exit');
  first.process.kill('SIGKILL');
  await ended;

  const second = await Mesh.start({ state, args: [...args, ...manifests] });
  try {
    assert.deepEqual(await addresses(second), before);
    assert.match(await helloFrom(second), /Hello version: v2/);
  } finally {
    await second.stop();
  }
  assertNothingLeft();
});
