// The server around the protocol: who is let in, limits, addresses, status, idle and close.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { MeshError } from '../../lib/mesh-error.ts';
import { AdsClient, testNode } from '../../../test/kit/ads-client.ts';
import { AdsWorld, bodies } from '../../../test/kit/ads-world.ts';
import { typeUrls } from '../proxy-resources.ts';

const { cluster: CDS, endpoint: EDS, listener: LDS } = typeUrls;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'heddle-ads-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('the node of the first request reaches the generator; later requests need none', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(LDS, 'l').start();
  const client = world.client('delta');
  client.subscribe(CDS);
  await client.next(CDS);
  client.subscribe(LDS);
  await client.next(LDS);
  assert.equal(world.seen[0]?.id, testNode.id);
  assert.deepEqual(world.seen[0]?.labels, { app: 'reviews' });
  assert.equal(world.seen.length, 1);
});

test('a first request without a node is refused with a sentence', async (t) => {
  const world = await new AdsWorld(t).start();
  const client = world.client('sotw', { node: undefined });
  client.subscribe(CDS);
  const end = await client.status;
  assert.equal(end.code, status.INVALID_ARGUMENT);
  assert.match(end.details, /first request of a stream must carry the node/);
});

test('a bad node id is refused with a sentence', async (t) => {
  const world = await new AdsWorld(t).start();
  const client = world.client('delta', { node: { id: 'me', metadata: {} } });
  client.subscribe(CDS);
  const end = await client.status;
  assert.equal(end.code, status.INVALID_ARGUMENT);
  assert.match(end.details, /node id "me" must have four parts/);
  assert.ok(world.events.some((event) => event.kind === 'refused'));
});

test('bytes that are no request, and a request without a type, are refused', async (t) => {
  const world = await new AdsWorld(t).start();
  const [garbage, typeless] = [world.client('sotw'), world.client('sotw')];
  garbage.raw(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  typeless.sotw({});
  assert.match((await garbage.status).details, /not a discovery request/);
  assert.match((await typeless.status).details, /no type_url/);
});

test('limits: streams, types, names, message size, silence', async (t) => {
  const limits = { maxStreams: 5, maxTypes: 2, maxNames: 3, maxRequestBytes: 2000, firstRequestMs: 100 };
  const world = await new AdsWorld(t, { limits }).set(CDS, 'a').start();
  const [silent, types, names, size, good] = Array.from({ length: 5 }, () => world.client('delta'));
  assert.ok(silent && types && names && size && good);
  good.subscribe(CDS);
  await good.next();
  for (const type of ['x/a', 'x/b', 'x/c']) types.subscribe(type, ['n']);
  assert.match((await types.status).details, /more than 2 resource types/);
  for (const name of ['1', '2', '3', '4']) names.subscribe(EDS, [name]);
  assert.match((await names.status).details, /more than 3 names/);
  size.subscribe(EDS, ['x'.repeat(3000)]);
  assert.equal((await size.status).code, status.RESOURCE_EXHAUSTED);
  assert.equal((await silent.status).code, status.DEADLINE_EXCEEDED);
  const extra = Array.from({ length: 5 }, () => world.client('delta'));
  for (const client of extra) client.subscribe(CDS);
  const refused = await Promise.race(extra.map((client) => client.status));
  assert.match(refused.details, /already serves 5 streams/);
  good.subscribe(CDS, ['a']);
  await good.next();
});

test('a client that does not read keeps only the newest state waiting, and gets it when it reads', async (t) => {
  const world = await new AdsWorld(t, { patienceMs: 5 }).set(CDS, 'a', 'x').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(CDS);
  await client.next();
  client.pause();
  for (let round = 0; round < 60; round++) {
    world.set(CDS, 'a', `${round} ${'x'.repeat(400_000)}`).push();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const sent = world.server.counters().pushes['cds'] ?? 0;
  // Sixteen lie in the client's own queue, some in its connection; the server holds no more than eight.
  assert.ok(sent < 32, `${sent} responses were written to a client that does not read`);
  client.resume();
  for (;;) if (bodies(await client.next(CDS))[0]?.startsWith('59 ')) break;
});

test('status tells what each proxy has', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').start();
  const client = world.client('delta', { node: { ...testNode, metadata: { HEDDLE_ROLE: 'agent' } } });
  client.subscribe(CDS);
  client.subscribe(EDS, ['x', 'y']);
  await client.next(CDS);
  await world.server.idle();
  const [proxy] = world.server.proxies();
  assert.equal(proxy?.role, 'agent');
  assert.equal(proxy?.protocol, 'delta');
  assert.ok((proxy?.connectedAt ?? 0) > Date.now() - 10_000);
  const [clusters, endpoints] = proxy?.types ?? [];
  assert.deepEqual([clusters?.type, clusters?.wildcard, clusters?.names], ['cds', true, 0]);
  assert.deepEqual([endpoints?.type, endpoints?.wildcard, endpoints?.names], ['eds', false, 2]);
  assert.equal(clusters?.ackedVersion, clusters?.sentVersion);
  assert.equal(world.server.counters().connected, 1);
  client.close();
  await client.status;
  while (world.server.counters().connected > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('idle waits for every answer', async (t) => {
  const world = await new AdsWorld(t, { patienceMs: 5000 }).set(CDS, 'a').start();
  await world.server.idle();
  const [quick, slow] = [world.client('delta'), world.client('sotw', { answer: () => 'silence' })];
  quick.subscribe(CDS);
  slow.subscribe(CDS);
  await quick.next();
  const response = await slow.next();
  await assert.rejects(world.server.idle(AbortSignal.timeout(50)), { name: 'TimeoutError' });
  slow.ack(response);
  await world.server.idle(AbortSignal.timeout(1000));
  world.set(CDS, 'a', 'a changed').push();
  await assert.rejects(world.server.idle(AbortSignal.timeout(50)), { name: 'TimeoutError' });
  slow.nack(await slow.next(), 'no');
  await world.server.idle(AbortSignal.timeout(1000));
});

test('idle does not wait for a proxy that left', async (t) => {
  const world = await new AdsWorld(t, { patienceMs: 5000 }).set(CDS, 'a').start();
  const client = world.client('delta', { answer: () => 'silence' });
  client.subscribe(CDS);
  await client.next();
  const idle = world.server.idle(AbortSignal.timeout(2000));
  client.close();
  await idle;
});

test('the socket is for its owner and group only; a stale one is replaced, and it goes with the server', async (t) => {
  const path = join(folder(t), 'xds.sock');
  // A listener that dies without closing leaves its socket; one in this process needs a file of the same kind.
  const stale = createServer().listen(path);
  await new Promise((resolve) => stale.once('listening', resolve));
  const world = new AdsWorld(t);
  await assert.rejects(
    world.server.listen({ path }),
    (error) => error instanceof MeshError && /another process listens/.test(error.message),
  );
  await new Promise((resolve) => stale.close(resolve));
  assert.equal(await world.server.listen({ path }), `unix:${path}`);
  assert.equal(statSync(path).mode & 0o777, 0o660);
  // Not even root without capabilities, which is what an app may be, gets in as its owner.
  if (process.getuid?.() === 0) assert.deepEqual([statSync(path).uid, statSync(path).gid], [1337, 1337]);
  await world.server.close();
  assert.equal(existsSync(path), false);
});

test('a file that is no socket is left alone', async (t) => {
  const path = join(folder(t), 'xds.sock');
  writeFileSync(path, 'mine');
  const world = new AdsWorld(t);
  t.after(() => world.server.close());
  await assert.rejects(world.server.listen({ path }), /exists and is not a socket/);
});

test('a TCP address works beside the socket, and a taken port is an error that names it', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').start();
  const address = await world.server.listen({ host: '127.0.0.1', port: 0 });
  assert.match(address, /^127\.0\.0\.1:\d+$/);
  const client = new AdsClient({ protocol: 'delta', address });
  t.after(() => client.close());
  client.subscribe(CDS);
  assert.deepEqual(bodies(await client.next()), ['a body']);
  const port = Number(address.split(':')[1]);
  const other = new AdsWorld(t);
  t.after(() => other.server.close());
  await assert.rejects(other.server.listen({ host: '127.0.0.1', port }), new RegExp(`listen on 127.0.0.1:${port}`));
});

test('close ends streams with status OK and does not hang on a silent client', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').start();
  const [client, silent] = [world.client('delta'), world.client('sotw', { answer: () => 'silence' })];
  for (const each of [client, silent]) {
    each.subscribe(CDS);
    await each.next();
  }
  const started = Date.now();
  await world.server.close();
  assert.ok(Date.now() - started < 2500);
  assert.equal((await client.status).code, status.OK);
  assert.equal((await silent.status).code, status.OK);
});

test('a push to many proxies reaches each', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').start();
  const clients = Array.from({ length: 50 }, () => world.client('delta'));
  for (const client of clients) client.subscribe(CDS);
  await Promise.all(clients.map((client) => client.next()));
  world.set(CDS, 'a', 'a changed').push();
  const answers = await Promise.all(clients.map((client) => client.next()));
  assert.ok(answers.every((answer) => bodies(answer)[0] === 'a changed'));
  await world.server.idle(AbortSignal.timeout(2000));
  assert.equal(world.server.counters().pushes['cds'], 100);
});
