// What only the Kubernetes source has: lost servers, versions that are too old, and knowing how far it has seen.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { createApiServer } from '../api-server/api-server.ts';
import { kubeconfigText } from '../api-server/kubeconfig.ts';
import { ConfigSet } from '../config-set.ts';
import { serviceKind } from '../kinds/service.ts';
import { readClusterAccess } from './cluster-access.ts';
import { KubernetesSource } from './kubernetes.ts';

function service(name: string, port = 80): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ port }] },
  };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    assert.ok(waited < 15_000, what);
    await sleep(10);
  }
}

function accessTo(t: TestContext, port: number, token = 'secret'): ReturnType<typeof readClusterAccess> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-kubeconfig-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfigText({ server: `http://127.0.0.1:${port}`, token }));
  return readClusterAccess(file);
}

test('configuration stays while the server is away, and catches up when it is back', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-api-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const options = { dbFile: join(folder, 'api.db'), token: 'secret' };
  const first = createApiServer(options);
  const { port } = await first.listen();
  first.store.create(service('a'));
  const set = new ConfigSet();
  t.after(() => set.close());
  const source = new KubernetesSource({ access: accessTo(t, port), sink: set.sink('kubernetes') });
  t.after(() => source.close());
  await source.synced;
  const names = (): string =>
    set
      .flush()
      .services.map((each) => each.name)
      .join(' ');
  assert.equal(names(), 'a');
  await first.close();
  await until(() => source.issues().length > 0, 'the loss is told');
  assert.equal(names(), 'a');
  const second = createApiServer(options);
  second.store.create(service('b'));
  second.store.delete({ resource: 'services', namespace: 'default', name: 'a' });
  await second.listen(port);
  t.after(() => second.close());
  await until(() => names() === 'b', 'what happened meanwhile is known');
  await until(() => source.issues().length === 0, 'nothing is wrong any more');
});

test('knows when everything up to a version was told, whichever kind it was', async (t) => {
  const api = createApiServer({ dbFile: ':memory:', token: 'secret' });
  const { port } = await api.listen();
  t.after(() => api.close());
  const told: string[] = [];
  const sink = {
    apply: ({ object }: { object: unknown }) => void told.push((object as KubernetesObject).metadata.name),
    delete: () => {},
  };
  const source = new KubernetesSource({ access: accessTo(t, port), sink });
  t.after(() => source.close());
  await source.synced;
  for (let i = 0; i < 3; i += 1) {
    const written = api.store.create(service(`s${i}`));
    const version = Number(written.metadata.resourceVersion);
    const started = performance.now();
    await source.whenSeen(version, AbortSignal.timeout(10_000));
    assert.ok(told.includes(`s${i}`));
    assert.ok(source.seen() >= version);
    assert.ok(performance.now() - started < 5000, 'bookmarks come at once');
  }
  await assert.rejects(source.whenSeen(1_000_000, AbortSignal.timeout(20)), { code: 'aborted' });
});

test('a refused token is told with its reason', async (t) => {
  const api = createApiServer({ dbFile: ':memory:', token: 'secret' });
  const { port } = await api.listen();
  t.after(() => api.close());
  const source = new KubernetesSource({
    access: accessTo(t, port, 'wrong'),
    sink: { apply: () => {}, delete: () => {} },
    kinds: [serviceKind],
  });
  t.after(() => source.close());
  await until(() => source.issues().length > 0, 'it is told');
  assert.match(source.issues()[0]!.hint ?? '', /401/);
});

/** A server that answers as told, for what our own API never does. */
async function scripted(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('lists anew when the version is too old, and deletes what is gone by then', async (t) => {
  let lists = 0;
  const port = await scripted(t, (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.searchParams.get('watch') === 'true') {
      const old = url.searchParams.get('resourceVersion') === '5';
      if (old) response.write(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`);
      else response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } })}\n`);
      return;
    }
    lists += 1;
    const items = lists === 1 ? [service('a'), service('b')] : [service('b')];
    // A real list leaves out what its items have in common.
    const bare = items.map(({ metadata, spec }) => ({ metadata, spec }));
    response.end(JSON.stringify({ items: bare, metadata: { resourceVersion: lists === 1 ? '5' : '7' } }));
  });
  const told: string[] = [];
  const source = new KubernetesSource({
    access: accessTo(t, port),
    kinds: [serviceKind],
    sink: {
      apply: ({ object }) => void told.push(`+${(object as KubernetesObject).metadata.name}`),
      delete: (id) => void told.push(`-${id.name}`),
    },
  });
  t.after(() => source.close());
  await until(() => source.seen() === 9, 'the bookmark after the second list');
  assert.deepEqual(told, ['+a', '+b', '+b', '-a']);
});

test('a server that ends every watch at once is not asked without pause', async (t) => {
  let watches = 0;
  const port = await scripted(t, (request, response) => {
    if (request.url?.includes('watch=true') === true) watches += 1;
    response.end(request.url?.includes('watch=true') === true ? '' : '{"items":[],"metadata":{"resourceVersion":"5"}}');
  });
  const source = new KubernetesSource({
    access: accessTo(t, port),
    kinds: [serviceKind],
    sink: { apply: () => {}, delete: () => {} },
  });
  t.after(() => source.close());
  await source.synced;
  await sleep(300);
  assert.ok(watches <= 6, `${watches} watches`);
  assert.deepEqual(source.issues(), []);
});

test('a kind that the server does not have holds nothing up', async (t) => {
  const port = await scripted(t, (_, response) => {
    response.statusCode = 404;
    response.end('{}');
  });
  const source = new KubernetesSource({
    access: accessTo(t, port),
    kinds: [serviceKind],
    sink: { apply: () => {}, delete: () => {} },
  });
  t.after(() => source.close());
  await source.synced;
  assert.deepEqual(source.issues(), []);
});

test('a kubeconfig that cannot be used says why', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-kubeconfig-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config');
  assert.throws(() => readClusterAccess(file), { code: 'kubeconfig', message: /cannot be read/ });
  writeFileSync(file, 'clusters: []\n');
  assert.throws(() => readClusterAccess(file), { code: 'kubeconfig', message: /no cluster/ });
  const user = { users: [{ name: 'u', user: { exec: { command: 'aws' } } }] };
  const rest = {
    clusters: [{ name: 'c', cluster: { server: 'https://k.example' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(file, JSON.stringify({ ...user, ...rest }));
  assert.throws(() => readClusterAccess(file), { code: 'kubeconfig', message: /running a program/ });
});
