// State-of-the-world ADS: the cases of its own, one a test, walked by a raw client over real gRPC.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdsWorld, bodies } from '../../../test/kit/ads-world.ts';
import { typeUrls } from '../proxy-resources.ts';

const { cluster: CDS, endpoint: EDS, listener: LDS, route: RDS } = typeUrls;

test('sotw: each response of a type carries the whole type', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('sotw');
  client.subscribe(CDS);
  await client.next();
  world.set(CDS, 'b', 'b changed').push();
  assert.deepEqual(bodies(await client.next()), ['a body', 'b changed']);
});

test('sotw: a cluster or listener is removed by leaving it out', async (t) => {
  const world = await new AdsWorld(t).set(LDS, 'a').set(LDS, 'b').start();
  const client = world.client('sotw');
  client.subscribe(LDS);
  await client.next();
  world.remove(LDS, 'b').push();
  assert.deepEqual(bodies(await client.next()), ['a body']);
});

test('sotw: a named listener is removed by leaving it out, too', async (t) => {
  const world = await new AdsWorld(t).set(LDS, 'a').set(LDS, 'b').start();
  const client = world.client('sotw');
  client.subscribe(LDS, ['a', 'b']);
  await client.next();
  world.remove(LDS, 'b').push();
  assert.deepEqual(bodies(await client.next()), ['a body']);
});

test('sotw: endpoints that vanish are no news: leaving them out would not remove them', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('sotw');
  client.subscribe(EDS, ['a', 'b']);
  await client.next();
  world.remove(EDS, 'b').push();
  await client.quiet();
});

test('sotw: a request with a stale nonce is ignored, names and all', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(EDS, ['a']);
  const first = await client.next();
  client.ack(first);
  world.set(EDS, 'a', 'a moved').push();
  await client.next();
  client.sotw({ typeUrl: EDS, responseNonce: first.nonce, resourceNames: ['a', 'b'] });
  await client.quiet();
});

test('sotw: a stale NACK is not counted', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(CDS);
  const first = await client.next();
  client.ack(first);
  world.set(CDS, 'a', 'a changed').push();
  await client.next();
  client.nack(first, 'late');
  await client.quiet();
  assert.deepEqual(world.server.counters().rejects, {});
});

test('sotw: an ACK that names more is answered', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(EDS, ['a']);
  const { nonce } = await client.next();
  client.sotw({ typeUrl: EDS, responseNonce: nonce, resourceNames: ['a', 'b'] });
  assert.ok(bodies(await client.next()).includes('b body'));
});

test('sotw: a NACK that names more is a NACK and is answered', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(EDS, ['a']);
  const { nonce } = await client.next();
  const errorDetail = { code: 3, message: 'bad a' };
  client.sotw({ typeUrl: EDS, responseNonce: nonce, resourceNames: ['a', 'b'], errorDetail });
  assert.ok(bodies(await client.next()).includes('b body'));
  assert.deepEqual(world.server.counters().rejects, { eds: 1 });
});

test('sotw: an ACK that names fewer is not answered, and the rest is no longer sent', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(EDS, ['a', 'b']);
  const { nonce } = await client.next();
  client.sotw({ typeUrl: EDS, responseNonce: nonce, resourceNames: ['a'] });
  world.set(EDS, 'b', 'b moved').push();
  await client.quiet();
});

test('sotw: wildcard until named: an empty list after names asks for nothing', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(CDS, ['a']);
  const { nonce } = await client.next();
  client.sotw({ typeUrl: CDS, responseNonce: nonce, resourceNames: [] });
  await client.quiet();
  world.set(CDS, 'a', 'a changed').set(CDS, 'c').push();
  await client.quiet();
});

test('sotw: naming ends the wildcard of an empty list', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(CDS);
  const { nonce } = await client.next();
  client.sotw({ typeUrl: CDS, responseNonce: nonce, resourceNames: ['a'] });
  const { nonce: second } = await client.next();
  client.sotw({ typeUrl: CDS, responseNonce: second, resourceNames: ['a'] });
  world.set(CDS, 'b', 'b changed').push();
  await client.quiet();
});

test('sotw: * beside names keeps all', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('sotw');
  client.subscribe(CDS, ['*', 'a']);
  assert.deepEqual(bodies(await client.next()), ['a body', 'b body']);
  await world.server.idle();
  world.set(CDS, 'b', 'b changed').push();
  assert.deepEqual(bodies(await client.next()), ['a body', 'b changed']);
});

test('sotw: the same nonce once more asks again, and is answered though nothing changed', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').start();
  const client = world.client('sotw');
  client.subscribe(EDS, ['a']);
  const first = await client.next();
  await world.server.idle();
  client.ack(first);
  assert.deepEqual(bodies(await client.next()), ['a body']);
  await client.quiet();
});

test('sotw: endpoints asked for again after a change of their cluster are answered, even merged with an ACK', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(EDS, 'a').start();
  const client = world.client('sotw', { answer: (response) => (response.typeUrl === EDS ? 'silence' : 'ack') });
  client.subscribe(CDS);
  await client.next(CDS);
  client.subscribe(EDS, ['a']);
  const endpoints = await client.next(EDS);
  world.set(CDS, 'a', 'a with a longer timeout').push();
  await client.next(CDS);
  client.ack(endpoints);
  assert.deepEqual(bodies(await client.next(EDS)), ['a body']);
});

test('sotw: a first request with a nonce and a version of an earlier stream is answered', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').start();
  const client = world.client('sotw');
  client.sotw({ typeUrl: CDS, responseNonce: 'from-before', versionInfo: 'from-before' });
  assert.deepEqual(bodies(await client.next()), ['a body']);
});

test('sotw: an ACK is an ACK whatever version it repeats', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').start();
  const client = world.client('sotw', { answer: () => 'silence' });
  client.subscribe(CDS);
  const { nonce } = await client.next();
  client.sotw({ typeUrl: CDS, responseNonce: nonce, versionInfo: 'something else' });
  await world.server.idle(AbortSignal.timeout(1000));
  assert.deepEqual(world.server.counters().rejects, {});
});

test('sotw: equal content has an equal version on another server', async (t) => {
  const worlds = [new AdsWorld(t), new AdsWorld(t)].map((world) => world.set(CDS, 'a').set(CDS, 'b').start());
  const versions = await Promise.all(
    worlds.map(async (started) => {
      const client = (await started).client('sotw');
      client.subscribe(CDS);
      return (await client.next()).version;
    }),
  );
  assert.equal(versions[0], versions[1]);
});

test('sotw: routes are answered by name, each name once', async (t) => {
  const world = await new AdsWorld(t).set(RDS, '80').set(RDS, '9080').start();
  const client = world.client('sotw');
  client.subscribe(RDS, ['80', '80', '9080']);
  assert.deepEqual(bodies(await client.next()), ['80 body', '9080 body']);
});
