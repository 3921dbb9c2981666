// Make before break, in both variants: the order of types, the wait for clusters, and removals last.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdsClient, Protocol } from '../../../test/kit/ads-client.ts';
import { AdsWorld, bodies } from '../../../test/kit/ads-world.ts';
import { typeUrls } from '../proxy-resources.ts';

const { cluster: CDS, endpoint: EDS, listener: LDS, route: RDS, nameTable: NDS } = typeUrls;
const variants: readonly Protocol[] = ['sotw', 'delta'];

/** One resource of each type, subscribed as a proxy does it, everything acknowledged. */
async function connected(world: AdsWorld, variant: Protocol): Promise<AdsClient> {
  for (const type of [CDS, EDS, LDS, RDS, NDS]) world.set(type, 'a');
  await world.start();
  const client = world.client(variant);
  for (const type of [CDS, LDS, NDS]) client.subscribe(type);
  for (const type of [EDS, RDS]) client.subscribe(type, ['a']);
  for (const type of [CDS, EDS, LDS, RDS, NDS]) await client.next(type);
  await world.server.idle();
  return client;
}

for (const variant of variants) {
  test(`${variant}: one push goes out as clusters, endpoints, listeners, routes`, async (t) => {
    const world = new AdsWorld(t);
    const client = await connected(world, variant);
    const before = client.log.length;
    for (const type of [RDS, LDS, EDS, CDS]) world.set(type, 'a', 'a changed');
    world.push();
    for (const type of [CDS, EDS, LDS, RDS]) await client.next(type);
    const order = client.log.slice(before).map((response) => response.typeUrl);
    assert.deepEqual([...new Set(order)], [CDS, EDS, LDS, RDS]);
  });

  test(`${variant}: listeners and routes wait for the clusters' ACK; endpoints and names do not`, async (t) => {
    const world = new AdsWorld(t, { patienceMs: 5000 });
    const client = await connected(world, variant);
    client.answer = (response) => (response.typeUrl === CDS ? 'silence' : 'ack');
    for (const type of [CDS, EDS, LDS, RDS, NDS]) world.set(type, 'a', 'a changed');
    world.push();
    const clusters = await client.next(CDS);
    await client.next(EDS);
    await client.next(NDS);
    await client.quiet(LDS);
    await client.quiet(RDS, 0);
    client.ack(clusters);
    assert.deepEqual(bodies(await client.next(LDS)), ['a changed']);
    assert.deepEqual(bodies(await client.next(RDS)), ['a changed']);
  });

  test(`${variant}: they wait no longer than patience lasts`, async (t) => {
    const world = new AdsWorld(t, { patienceMs: 150 });
    const client = await connected(world, variant);
    client.answer = () => 'silence';
    for (const type of [CDS, RDS]) world.set(type, 'a', 'a changed');
    world.push();
    await client.next(CDS);
    await client.quiet(RDS, 80);
    assert.deepEqual(bodies(await client.next(RDS)), ['a changed']);
  });

  test(`${variant}: a refusal of clusters is an answer too, and routes go on`, async (t) => {
    const world = new AdsWorld(t, { patienceMs: 5000 });
    const client = await connected(world, variant);
    client.answer = (response) => (response.typeUrl === CDS ? { nack: 'no' } : 'ack');
    for (const type of [CDS, RDS]) world.set(type, 'a', 'a changed');
    world.push();
    assert.deepEqual(bodies(await client.next(RDS, 1000)), ['a changed']);
  });

  test(`${variant}: routes alone do not wait`, async (t) => {
    const world = new AdsWorld(t, { patienceMs: 5000 });
    const client = await connected(world, variant);
    world.set(RDS, 'a', 'a changed').push();
    assert.deepEqual(bodies(await client.next(RDS, 500)), ['a changed']);
    await client.quiet();
  });

  test(`${variant}: a cluster goes only when the routes that left it were acknowledged`, async (t) => {
    const world = new AdsWorld(t, { patienceMs: 5000 });
    const client = await connected(world, variant);
    client.answer = (response) => (response.typeUrl === RDS ? 'silence' : 'ack');
    world.remove(CDS, 'a').set(CDS, 'b').set(RDS, 'a', 'to b').push();
    const added = await client.next(CDS);
    assert.deepEqual(bodies(added), variant === 'sotw' ? ['a body', 'b body'] : ['b body']);
    assert.deepEqual(added.removed, []);
    const routes = await client.next(RDS);
    await client.quiet(CDS);
    client.ack(routes);
    const removed = await client.next(CDS);
    if (variant === 'sotw') assert.deepEqual(bodies(removed), ['b body']);
    else assert.deepEqual(removed.removed, ['a']);
    await world.server.idle(AbortSignal.timeout(1000));
  });

  test(`${variant}: a cluster goes when patience ends, if the routes are never acknowledged`, async (t) => {
    const world = new AdsWorld(t, { patienceMs: 150 });
    const client = await connected(world, variant);
    client.answer = (response) => (response.typeUrl === RDS ? 'silence' : 'ack');
    world.remove(CDS, 'a').set(CDS, 'b').set(RDS, 'a', 'to b').push();
    await client.next(CDS);
    await client.quiet(CDS, 80);
    const removed = await client.next(CDS);
    if (variant === 'sotw') assert.deepEqual(bodies(removed), ['b body']);
    else assert.deepEqual(removed.removed, ['a']);
  });

  test(`${variant}: a cluster that no route left is removed at once`, async (t) => {
    const world = new AdsWorld(t, { patienceMs: 5000 });
    const client = await connected(world, variant);
    world.remove(CDS, 'a').push();
    const removed = await client.next(CDS, 500);
    assert.deepEqual(bodies(removed), []);
    assert.deepEqual(removed.removed, variant === 'sotw' ? [] : ['a']);
  });

  test(`${variant}: a cluster that is wanted again before it went is not touched`, async (t) => {
    const world = new AdsWorld(t, { patienceMs: 5000 });
    const client = await connected(world, variant);
    client.answer = (response) => (response.typeUrl === RDS ? 'silence' : 'ack');
    world.remove(CDS, 'a').set(RDS, 'a', 'elsewhere').push();
    const routes = await client.next(RDS);
    world.set(CDS, 'a').push();
    await client.quiet(CDS);
    client.ack(routes);
    await client.quiet(CDS);
  });
}

test('delta: endpoints of a removed cluster go after the cluster', async (t) => {
  const world = new AdsWorld(t, { patienceMs: 5000 });
  const client = await connected(world, 'delta');
  client.answer = (response) => (response.typeUrl === CDS ? 'silence' : 'ack');
  world.remove(CDS, 'a').remove(EDS, 'a').push();
  const clusters = await client.next(CDS);
  assert.deepEqual(clusters.removed, ['a']);
  await client.quiet(EDS);
  client.ack(clusters);
  assert.deepEqual((await client.next(EDS)).removed, ['a']);
});
