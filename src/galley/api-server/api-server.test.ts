// The embedded API: Kubernetes' contract, and what is our own promise on top of it.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ApiKit, type ApiTarget } from '../../../test/kit/api-client-kit.ts';
import { apiContract } from '../../../test/kit/api-contract.ts';
import type { Issue } from '../../lib/issue.ts';
import { admitted, type AdmissionVerdict } from './admission.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from './api-server.ts';

let contractServer: ApiServer | undefined;

apiContract(
  'embedded',
  async () => {
    contractServer = createApiServer({ dbFile: ':memory:', token: 'secret' });
    const { port } = await contractServer.listen();
    return { url: `http://127.0.0.1:${port}`, token: 'secret' };
  },
  async () => contractServer?.close(),
);

interface Running extends AsyncDisposable {
  readonly api: ApiKit;
  readonly target: ApiTarget;
  readonly server: ApiServer;
}

async function run(options: Partial<ApiServerOptions> = {}): Promise<Running> {
  const server = createApiServer({ dbFile: ':memory:', token: 'secret', ...options });
  const { port } = await server.listen();
  const target = { url: `http://127.0.0.1:${port}`, token: 'secret' };
  return { server, target, api: new ApiKit(target), [Symbol.asyncDispose]: () => server.close() };
}

const maps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, data: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

/** A request that fetch would not send: with a Host or Origin of one's own. */
function rawStatus(target: ApiTarget, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${target.url}/api`,
      { headers: { authorization: 'Bearer secret', ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    call.on('error', reject).end();
  });
}

test('a write anywhere reaches every watcher as a bookmark within a moment', async () => {
  await using running = await run();
  const { api, server } = running;
  const from = server.store.resourceVersion;
  await using watch = await api.watch(
    `/apis/networking.istio.io/v1/virtualservices?watch=true&allowWatchBookmarks=true&resourceVersion=${from}`,
  );
  const waits: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    const written = await api.expect(201, 'POST', maps, configMap(`m${i}`));
    const at = performance.now();
    const bookmark = await watch.nextOf('BOOKMARK');
    waits.push(bookmark.atMs - at);
    assert.equal(bookmark.object.metadata.resourceVersion, written.metadata.resourceVersion);
  }
  const median = waits.toSorted((a, b) => a - b)[10] ?? Infinity;
  // Some 3 ms on a quiet machine; a busy one must not fail here.
  assert.ok(median < 60, `median ${median} ms`);
});

test('after a restart everything is there, resourceVersions go on, and old watchers are told to list again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-api-'));
  const dbFile = join(folder, 'api.db');
  try {
    let before: string | undefined;
    {
      await using running = await run({ dbFile });
      await running.api.expect(201, 'POST', maps, configMap('kept', { a: '1' }));
      await running.api.expect(201, 'POST', maps, configMap('dropped'));
      await running.api.expect(200, 'DELETE', `${maps}/dropped`);
      before = (await running.api.expect(200, 'GET', maps)).metadata.resourceVersion;
    }
    await using running = await run({ dbFile });
    const list = await running.api.expect(200, 'GET', maps);
    assert.equal(list.metadata.resourceVersion, before);
    assert.deepEqual(
      list.items?.map(({ metadata }) => metadata.name),
      ['kept'],
    );
    await using current = await running.api.watch(`${maps}?watch=true&resourceVersion=${before}`);
    await running.api.expect(201, 'POST', maps, configMap('new'));
    assert.equal((await current.next())?.object.metadata.name, 'new');
    await using old = await running.api.watch(`${maps}?watch=true&resourceVersion=${Number(before) - 1}`);
    assert.equal((await old.next())?.type, 'ERROR');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('history is bounded: who is too far behind gets 410', async () => {
  await using running = await run({ historyLimit: 10 });
  const from = running.server.store.resourceVersion;
  for (let i = 0; i < 40; i += 1) await running.api.expect(201, 'POST', maps, configMap(`m${i}`));
  await using watch = await running.api.watch(`${maps}?watch=true&resourceVersion=${from}`);
  assert.partialDeepStrictEqual((await watch.next())?.object, { code: 410 });
});

test('a watch with sendInitialEvents ends the beginning with a marked bookmark', async () => {
  await using running = await run();
  await running.api.expect(201, 'POST', maps, configMap('one'));
  const query = 'watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
  await using watch = await running.api.watch(`${maps}?${query}`);
  assert.equal((await watch.next())?.type, 'ADDED');
  assert.partialDeepStrictEqual((await watch.next())?.object.metadata, {
    annotations: { 'k8s.io/initial-events-end': 'true' },
  });
});

test('watches are limited in number', async () => {
  await using running = await run({ maxWatches: 1 });
  await using _first = await running.api.watch(`${maps}?watch=true`);
  assert.equal((await running.api.send('GET', `${maps}?watch=true`)).code, 429);
});

test('other host names and other origins are refused, whatever token they bring', async () => {
  await using running = await run();
  const { port } = new URL(running.target.url);
  assert.equal(await rawStatus(running.target, {}), 200);
  assert.equal(await rawStatus(running.target, { host: `localhost:${port}` }), 200);
  assert.equal(await rawStatus(running.target, { host: `evil.test:${port}` }), 403);
  assert.equal(await rawStatus(running.target, { host: `127.0.0.1.evil.test` }), 403);
  assert.equal(await rawStatus(running.target, { origin: 'http://evil.test' }), 403);
  assert.equal(await rawStatus(running.target, { origin: 'null' }), 403);
  assert.equal(await rawStatus(running.target, { authorization: '' }), 401);
  assert.equal(
    await rawStatus(running.target, { authorization: `Basic ${Buffer.from('x:secret').toString('base64')}` }),
    200,
  );
});

test('a body that is too large is refused', async () => {
  await using running = await run();
  const { code, body } = await running.api.send('POST', maps, configMap('big', { a: 'x'.repeat(3 * 1024 * 1024) }));
  assert.equal(code, 413);
  assert.equal(body.reason, 'RequestEntityTooLarge');
});

const vsPath = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
const spec = { hosts: ['a'], http: [{ route: [{ destination: { host: 'a' }, weigth: 5 }] }] };
const virtualService = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'a' }, spec };
const unknown: Issue = {
  path: 'spec.http[0].route[0].weigth',
  code: 'unknown-field',
  severity: 'error',
  message: 'unknown field',
  hint: 'did you mean weight?',
};

test('an unknown field is dropped with a warning, or refused where the client is strict', async () => {
  await using running = await run({
    check: ({ kind }) => (kind === 'VirtualService' ? { ...admitted, unknown: [unknown] } : admitted),
  });
  const strict = await running.api.send('POST', `${vsPath}?fieldValidation=Strict`, virtualService);
  assert.equal(strict.code, 400);
  assert.match(
    String(strict.body.message),
    /strict decoding error: unknown field "spec\.http\[0\]\.route\[0\]\.weigth"/,
  );
  const { code, body, warnings } = await running.api.send('POST', vsPath, virtualService);
  assert.equal(code, 201);
  assert.equal(warnings, '299 - "unknown field \\"spec.http[0].route[0].weigth\\" (did you mean weight?)"');
  assert.deepEqual(body['spec'], { hosts: ['a'], http: [{ route: [{ destination: { host: 'a' } }] }] });
});

test('schema problems are Invalid with causes, validation problems the text of the webhook', async () => {
  let verdict: AdmissionVerdict = admitted;
  await using running = await run({ check: ({ kind }) => (kind === 'VirtualService' ? verdict : admitted) });
  verdict = {
    ...admitted,
    schema: [{ path: 'spec.hosts', code: 'missing', severity: 'error', message: 'Required value' }],
  };
  const schema = await running.api.send('POST', vsPath, virtualService);
  assert.equal(schema.code, 422);
  assert.equal(schema.body.message, 'VirtualService.networking.istio.io "a" is invalid: spec.hosts: Required value');
  assert.partialDeepStrictEqual(schema.body['details'], {
    causes: [{ field: 'spec.hosts', reason: 'FieldValueRequired' }],
  });
  verdict = {
    ...admitted,
    denied: [{ path: 'spec.http[0]', code: 'crossing', severity: 'error', message: 'total destination weight = 0' }],
  };
  const denied = await running.api.send('POST', vsPath, virtualService);
  assert.equal(denied.code, 400);
  assert.equal(
    denied.body.message,
    'admission webhook "validation.istio.io" denied the request: total destination weight = 0',
  );
  verdict = {
    ...admitted,
    warnings: [{ path: 'spec.tls', code: 'not-yet', severity: 'warning', message: 'tls routes have no effect yet' }],
  };
  const warned = await running.api.send('POST', vsPath, virtualService);
  assert.equal(warned.code, 201);
  assert.match(warned.warnings, /tls routes have no effect yet/);
});

test('mutators change objects on their way in', async () => {
  await using running = await run({
    mutators: [
      ({ object, operation }) => {
        if (object.kind === 'Pod' && operation === 'CREATE') object.metadata.annotations = { injected: 'yes' };
      },
    ],
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  };
  const made = await running.api.expect(201, 'POST', '/api/v1/namespaces/default/pods', pod);
  assert.deepEqual(made.metadata['annotations'], { injected: 'yes' });
});

test('a pod that is deleted stays, marked, until its runtime says that it is gone', async () => {
  await using running = await run();
  const { store } = running.server;
  const path = '/api/v1/namespaces/default/pods';
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'app', image: 'app:1' }], terminationGracePeriodSeconds: 7 },
  };
  await running.api.expect(201, 'POST', path, pod);
  const marked = await running.api.expect(200, 'DELETE', `${path}/p`);
  assert.equal(marked.metadata['deletionGracePeriodSeconds'], 7);
  const again = await running.api.expect(200, 'DELETE', `${path}/p`);
  assert.equal(again.metadata.resourceVersion, marked.metadata.resourceVersion);
  store.delete({ resource: 'pods', namespace: 'default', name: 'p' }, { gracePeriodSeconds: 0 });
  assert.equal((await running.api.send('GET', `${path}/p`)).code, 404);
});

test('a second process on the same database is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-api-'));
  try {
    const first = createApiServer({ dbFile: join(folder, 'api.db'), token: 'a' });
    assert.throws(
      () => createApiServer({ dbFile: join(folder, 'api.db'), token: 'a' }),
      /cannot open the API database/,
    );
    return first.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a container's log is read whole, by its end, and while it grows", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-api-'));
  const file = join(folder, 'app.log');
  writeFileSync(file, 'one\ntwo\nthree\n');
  try {
    await using running = await run({ logFileOf: (_pod, container) => join(folder, `${container}.log`) });
    const containers = [
      { name: 'app', image: 'a' },
      { name: 'silent', image: 'a' },
    ];
    running.server.store.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } });
    const path = '/api/v1/namespaces/default/pods/p/log';
    const read = async (query: string): Promise<unknown> => (await running.api.send('GET', path + query)).body['text'];
    assert.equal(await read(''), 'one\ntwo\nthree\n');
    assert.equal(await read('?container=app&tailLines=2'), 'two\nthree\n');
    assert.equal(await read('?tailLines=0'), '');
    assert.equal(await read('?tailLines=9'), 'one\ntwo\nthree\n');
    assert.equal((await running.api.send('GET', `${path}?container=other`)).code, 400);
    assert.match(
      String((await running.api.send('GET', `${path}?container=silent`)).body.message),
      /has written nothing yet/,
    );
    const response = await fetch(`${running.target.url}${path}?follow=true&tailLines=1`, {
      headers: { authorization: 'Bearer secret' },
    });
    appendFileSync(file, 'four\n');
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.endsWith('four\n')) break;
    }
    assert.equal(text, 'three\nfour\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
