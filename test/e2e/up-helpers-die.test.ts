// The supervisor's helpers may die at any time: names, the published port and the control plane come back by themselves.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout, Mesh } from '../kit/mesh.ts';
import { eventually } from '../kit/plain-mesh.ts';

const port = 18_473;
const page = `http://127.0.0.1:${port}/productpage`;
let mesh: Mesh;

before(async () => {
  const bookinfo = ['bookinfo.yaml', 'gateway.yaml'].map((file) => join(checkout, 'samples/bookinfo', file));
  const args = ['--images', join(checkout, 'samples/images.yaml'), '--publish', `127.0.0.1:${port}`, ...bookinfo];
  mesh = await Mesh.start({ args });
});
after(() => mesh?.stop());

interface SupervisorRecord {
  readonly children: readonly { readonly pid: number }[];
}

/** Of the hub's namespace, its helper, and the control plane. */
function children(): number[] {
  const record = JSON.parse(readFileSync(join(mesh.state, 'supervisor.json'), 'utf8')) as SupervisorRecord;
  return record.children.map(({ pid }) => pid);
}

const statusOf = (): Promise<number> =>
  fetch(page, { signal: AbortSignal.timeout(5000) }).then(
    (response) => response.status,
    () => 0,
  );

// The sample's pods count as ready before their applications listen.
test('the gateway is published', async () => void (await eventually(statusOf, (status) => status === 200)));

test('the helper in the hub dies: the port and the names are there again', async () => {
  const [, helper = 0] = children();
  process.kill(helper, 'SIGKILL');
  await eventually(statusOf, (status) => status === 200);
  const names = async (): Promise<string> =>
    (
      await mesh.heddle([
        'exec',
        'deploy/productpage-v1',
        '--',
        'getent',
        'hosts',
        'reviews.default.svc.cluster.local.',
      ])
    ).stdout;
  await eventually(names, (text) => text.startsWith('10.96.'));
});

test('the control plane dies: the page stays, and the next one serves the same proxies', async () => {
  const [, , controlPlane = 0] = children();
  process.kill(controlPlane, 'SIGKILL');
  for (let i = 0; i < 10; i += 1) assert.equal(await statusOf(), 200);
  const proxies = async (): Promise<number> => {
    const answer = await mesh.api.control('/debug/syncz').catch(() => undefined);
    return answer?.status === 200 ? (answer.body.match(/ratings-v1/g) ?? []).length : 0;
  };
  await eventually(proxies, (count) => count > 0);
  assert.notEqual(children()[2], controlPlane);
});
