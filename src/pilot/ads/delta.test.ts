// Delta ADS: the cases of its own, one a test, walked by a raw client over real gRPC.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdsWorld, bodies } from '../../../test/kit/ads-world.ts';
import { typeUrls } from '../proxy-resources.ts';

const { cluster: CDS, endpoint: EDS, listener: LDS, route: RDS } = typeUrls;

test('delta: each resource comes with its name and its own version', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('delta');
  client.subscribe(CDS);
  const { resources } = await client.next();
  assert.deepEqual(resources.map((entry) => entry.name).sort(), ['a', 'b']);
  assert.equal(new Set(resources.map((entry) => entry.version)).size, 2);
});

test('delta: only what changed is pushed', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('delta');
  client.subscribe(CDS);
  await client.next();
  await world.server.idle();
  world.set(CDS, 'b', 'b changed').set(CDS, 'c').push();
  const response = await client.next();
  assert.deepEqual(bodies(response), ['b changed', 'c body']);
  assert.deepEqual(response.removed, []);
});

test('delta: what is gone is in removed_resources, once', async (t) => {
  const world = await new AdsWorld(t).set(LDS, 'a').set(LDS, 'b').start();
  const client = world.client('delta');
  client.subscribe(LDS);
  await client.next();
  world.remove(LDS, 'b').push();
  const response = await client.next();
  assert.deepEqual(response.removed, ['b']);
  assert.deepEqual(response.resources, []);
  world.push();
  await client.quiet();
});

test('delta: what was removed and comes back is sent again, even with the same content', async (t) => {
  const world = await new AdsWorld(t).set(LDS, 'a').start();
  const client = world.client('delta');
  client.subscribe(LDS);
  await client.next();
  world.remove(LDS, 'a').push();
  await client.next();
  world.set(LDS, 'a').push();
  assert.deepEqual(bodies(await client.next()), ['a body']);
});

test('delta: a named resource that does not exist is answered with its removal', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').start();
  const client = world.client('delta');
  client.subscribe(EDS, ['a', 'none']);
  const response = await client.next();
  assert.deepEqual(bodies(response), ['a body']);
  assert.deepEqual(response.removed, ['none']);
});

test('delta: a further subscription is answered with just its names', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('delta');
  client.subscribe(EDS, ['a']);
  await client.next();
  client.subscribe(EDS, ['b']);
  assert.deepEqual(bodies(await client.next()), ['b body']);
});

test('delta: a subscription is answered at once, also before the last response was acknowledged', async (t) => {
  const world = await new AdsWorld(t, { patienceMs: 5000 }).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('delta', { answer: () => 'silence' });
  client.subscribe(EDS, ['a']);
  await client.next();
  client.subscribe(EDS, ['b']);
  assert.deepEqual(bodies(await client.next(EDS, 500)), ['b body']);
});

test('delta: subscribing again to a name resends it though nothing changed', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').start();
  const client = world.client('delta');
  client.subscribe(EDS, ['a']);
  await client.next();
  client.subscribe(EDS, ['a']);
  assert.deepEqual(bodies(await client.next()), ['a body']);
});

test('delta: an unsubscribed name is no longer sent, and is sent anew when subscribed again', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').start();
  const client = world.client('delta');
  client.subscribe(EDS, ['a']);
  await client.next();
  client.delta({ typeUrl: EDS, resourceNamesUnsubscribe: ['a'] });
  world.set(EDS, 'a', 'a moved').push();
  await client.quiet();
  client.subscribe(EDS, ['a']);
  assert.deepEqual(bodies(await client.next()), ['a moved']);
});

test('delta: naming a resource does not end the wildcard', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('delta');
  client.subscribe(CDS);
  await client.next();
  client.subscribe(CDS, ['a']);
  assert.deepEqual(bodies(await client.next()), ['a body']);
  await world.server.idle();
  world.set(CDS, 'b', 'b changed').push();
  assert.deepEqual(bodies(await client.next()), ['b changed']);
});

test('delta: unsubscribing * leaves what was named', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('delta');
  client.subscribe(CDS, ['*', 'a']);
  await client.next();
  client.delta({ typeUrl: CDS, resourceNamesUnsubscribe: ['*'] });
  await client.quiet();
  world.set(CDS, 'a', 'a changed').set(CDS, 'b', 'b changed').push();
  assert.deepEqual(bodies(await client.next()), ['a changed']);
});

test('delta: unsubscribing a name that * still covers is answered with its state', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('delta');
  client.subscribe(CDS, ['*', 'a']);
  await client.next();
  client.delta({ typeUrl: CDS, resourceNamesUnsubscribe: ['a'] });
  assert.deepEqual(bodies(await client.next()), ['a body']);
});

test('delta: a stale nonce acknowledges nothing, but its subscriptions count', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('delta', { answer: () => 'silence' });
  client.subscribe(EDS, ['a']);
  await client.next();
  client.delta({ typeUrl: EDS, responseNonce: 'not-yours', resourceNamesSubscribe: ['b'] });
  assert.deepEqual(bodies(await client.next()), ['b body']);
  assert.equal(world.server.proxies()[0]?.types[0]?.ackedNonce, '');
});

test('delta: a stale nonce with error_detail is not counted, but its unsubscriptions count', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').start();
  const client = world.client('delta');
  client.subscribe(EDS, ['a']);
  await client.next();
  await world.server.idle();
  const errorDetail = { code: 3, message: 'late' };
  client.delta({ typeUrl: EDS, responseNonce: 'not-yours', resourceNamesUnsubscribe: ['a'], errorDetail });
  await client.quiet();
  world.set(EDS, 'a', 'a moved').push();
  await client.quiet();
  assert.deepEqual(world.server.counters().rejects, {});
});

test('delta: an ACK may carry a subscription', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
  const client = world.client('delta', { answer: () => 'silence' });
  client.subscribe(EDS, ['a']);
  const { nonce } = await client.next();
  client.delta({ typeUrl: EDS, responseNonce: nonce, resourceNamesSubscribe: ['b'] });
  assert.deepEqual(bodies(await client.next()), ['b body']);
  assert.equal(world.server.proxies()[0]?.types[0]?.ackedNonce, nonce);
});

test('delta: initial_resource_versions spare what the client has, bring the rest, and remove what is gone', async (t) => {
  const world = await new AdsWorld(t).set(LDS, 'same').set(LDS, 'changed').start();
  const first = world.client('delta');
  first.subscribe(LDS);
  const versions = Object.fromEntries((await first.next()).resources.map(({ name, version }) => [name, version]));
  first.close();
  world.set(LDS, 'changed', 'new body').set(LDS, 'added').push();
  const client = world.client('delta');
  client.delta({ typeUrl: LDS, initialResourceVersions: { ...versions, gone: '1' } });
  const response = await client.next();
  assert.deepEqual(bodies(response), ['added body', 'new body']);
  assert.deepEqual(response.removed, ['gone']);
});

test('delta: a client that comes back with everything hears nothing until a change', async (t) => {
  const world = await new AdsWorld(t).set(EDS, 'a').start();
  const first = world.client('delta');
  first.subscribe(EDS, ['a']);
  const version = (await first.next()).resources[0]?.version ?? '';
  first.close();
  const client = world.client('delta');
  client.delta({ typeUrl: EDS, resourceNamesSubscribe: ['a'], initialResourceVersions: { a: version } });
  await client.quiet();
  world.set(EDS, 'a', 'a moved').push();
  assert.deepEqual(bodies(await client.next()), ['a moved']);
});

test('delta: a refused resource does not hold back others', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'bad').start();
  const client = world.client('delta', {
    answer: (response) => (bodies(response).includes('bad body') ? { nack: 'bad' } : 'ack'),
  });
  client.subscribe(CDS);
  await client.next();
  await world.server.idle();
  world.set(CDS, 'good').push();
  assert.deepEqual(bodies(await client.next()), ['good body']);
  await client.quiet();
});

test('delta: the endpoints of a changed cluster follow it unasked, for it warms anew', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').set(EDS, 'a').set(EDS, 'b').start();
  // As Envoy does: no ACK of clusters while one of them warms.
  const client = world.client('delta', { answer: (response) => (response.typeUrl === CDS ? 'silence' : 'ack') });
  client.subscribe(CDS);
  client.ack(await client.next(CDS));
  client.subscribe(EDS, ['a', 'b']);
  await client.next(EDS);
  await world.server.idle();
  world.set(CDS, 'a', 'a with a longer timeout').push();
  assert.deepEqual(bodies(await client.next(CDS)), ['a with a longer timeout']);
  assert.deepEqual(bodies(await client.next(EDS)), ['a body']);
});

test('delta: clusters that vanished while the client was away go only after its routes have moved', async (t) => {
  const world = await new AdsWorld(t, { patienceMs: 5000 }).set(CDS, 'new').set(LDS, 'l').set(RDS, '80').start();
  const client = world.client('delta');
  client.delta({ typeUrl: CDS, initialResourceVersions: { old: '1' } });
  const clusters = await client.next(CDS);
  assert.deepEqual([bodies(clusters), clusters.removed], [['new body'], []]);
  await client.quiet(CDS);
  client.delta({ typeUrl: LDS, initialResourceVersions: { l: '1' } });
  await client.next(LDS);
  assert.deepEqual((await client.next(CDS)).removed, ['old']);
});
