// ADS rules that hold for state of the world and delta alike: one case a test, a raw client over real gRPC.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Protocol } from '../../../test/kit/ads-client.ts';
import { AdsWorld, bodies } from '../../../test/kit/ads-world.ts';
import { typeUrls } from '../proxy-resources.ts';

const { cluster: CDS, endpoint: EDS, listener: LDS, route: RDS, nameTable: NDS } = typeUrls;
const variants: readonly Protocol[] = ['sotw', 'delta'];

for (const variant of variants) {
  test(`${variant}: an empty first list of clusters means all of them`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
    const client = world.client(variant);
    client.subscribe(CDS);
    const response = await client.next(CDS);
    assert.deepEqual(bodies(response), ['a body', 'b body']);
    assert.equal(response.resources[0]?.typeUrl, CDS);
    assert.notEqual(response.nonce, '');
    assert.notEqual(response.version, '');
  });

  test(`${variant}: an empty first list of listeners, and of the name table, means all of them`, async (t) => {
    const world = await new AdsWorld(t).set(LDS, '0.0.0.0_80').set(NDS, 'table').start();
    const client = world.client(variant);
    client.subscribe(LDS);
    client.subscribe(NDS);
    assert.deepEqual(bodies(await client.next(LDS)), ['0.0.0.0_80 body']);
    assert.deepEqual(bodies(await client.next(NDS)), ['table body']);
  });

  test(`${variant}: an empty first list of endpoints or routes asks for nothing`, async (t) => {
    const world = await new AdsWorld(t).set(EDS, 'a').set(RDS, '80').start();
    const client = world.client(variant);
    client.subscribe(EDS);
    client.subscribe(RDS);
    await client.quiet();
  });

  test(`${variant}: * means all`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
    const client = world.client(variant);
    client.subscribe(CDS, ['*']);
    assert.deepEqual(bodies(await client.next()), ['a body', 'b body']);
  });

  test(`${variant}: a list of names brings these and no others, now and later`, async (t) => {
    const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
    const client = world.client(variant);
    client.subscribe(EDS, ['a']);
    assert.deepEqual(bodies(await client.next()), ['a body']);
    world.set(EDS, 'b', 'b changed').push();
    await client.quiet();
  });

  test(`${variant}: an empty wildcard type is answered all the same, so that the client need not wait`, async (t) => {
    const world = await new AdsWorld(t).start();
    const client = world.client(variant);
    client.subscribe(CDS);
    assert.deepEqual((await client.next(CDS)).resources, []);
  });

  test(`${variant}: an ACK is not answered`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').start();
    const client = world.client(variant);
    client.subscribe(CDS);
    await client.next();
    await client.quiet();
    const [status] = world.server.proxies();
    assert.equal(status?.types[0]?.ackedNonce, client.log[0]?.nonce);
    assert.equal(status?.settled, true);
  });

  test(`${variant}: a change is pushed with a nonce and a version of its own`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').start();
    const client = world.client(variant);
    client.subscribe(CDS);
    const before = await client.next();
    await world.server.idle();
    world.set(CDS, 'a', 'a changed').push();
    const after = await client.next();
    assert.deepEqual(bodies(after), ['a changed']);
    assert.notEqual(after.nonce, before.nonce);
    assert.notEqual(after.version, before.version);
  });

  test(`${variant}: a push without a change sends nothing and counts nothing`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').set(EDS, 'a').start();
    const client = world.client(variant);
    client.subscribe(CDS);
    client.subscribe(EDS, ['a']);
    await client.next(CDS);
    await client.next(EDS);
    const before = world.server.counters();
    world.push();
    await client.quiet();
    assert.deepEqual(world.server.counters(), before);
    assert.deepEqual(before.pushes, { cds: 1, eds: 1 });
  });

  test(`${variant}: types do not touch each other`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').set(EDS, 'a').set(LDS, 'l').start();
    const client = world.client(variant);
    for (const type of [CDS, LDS]) client.subscribe(type);
    client.subscribe(EDS, ['a']);
    for (const type of [CDS, EDS, LDS]) await client.next(type);
    await world.server.idle();
    world.set(EDS, 'a', 'a moved').push();
    assert.deepEqual(bodies(await client.next()), ['a moved']);
    await client.quiet();
  });

  test(`${variant}: error_detail makes a NACK: kept, counted, reported, and not sent again`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').start();
    const client = world.client(variant, { answer: () => ({ nack: 'no such field' }) });
    client.subscribe(CDS);
    await client.next();
    await client.quiet();
    const [type] = world.server.proxies()[0]?.types ?? [];
    assert.equal(type?.nack?.message, 'no such field');
    assert.equal(type?.ackedVersion, '');
    assert.deepEqual(world.server.counters().rejects, { cds: 1 });
    const event = world.events.find((entry) => entry.kind === 'nack');
    assert.equal(event?.kind === 'nack' && event.message, 'no such field');
  });

  test(`${variant}: an empty error_detail is still a NACK`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').start();
    const client = world.client(variant, { answer: () => ({ nack: '' }) });
    client.subscribe(CDS);
    await client.next();
    await client.quiet();
    assert.deepEqual(world.server.counters().rejects, { cds: 1 });
  });

  test(`${variant}: what was refused is not pushed again, its correction is, and its ACK clears the NACK`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a', 'bad').start();
    const client = world.client(variant, { answer: () => ({ nack: 'bad' }) });
    client.subscribe(CDS);
    await client.next();
    await world.server.idle();
    world.push();
    await client.quiet();
    client.answer = () => 'ack';
    world.set(CDS, 'a', 'good').push();
    assert.deepEqual(bodies(await client.next()), ['good']);
    await world.server.idle();
    assert.equal(world.server.proxies()[0]?.types[0]?.nack, undefined);
  });

  test(`${variant}: a slow client gets only the newest state after its ACK`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a', 'v0').start();
    const client = world.client(variant, { answer: () => 'silence' });
    client.subscribe(CDS);
    const first = await client.next();
    for (const version of ['v1', 'v2', 'v3']) {
      world.set(CDS, 'a', version).push();
      await client.quiet(CDS, 20);
    }
    client.ack(first);
    assert.deepEqual(bodies(await client.next()), ['v3']);
    await client.quiet();
  });

  test(`${variant}: a client that never answers gets the newest state when patience ends`, async (t) => {
    const world = await new AdsWorld(t, { patienceMs: 120 }).set(CDS, 'a', 'v0').start();
    const client = world.client(variant, { answer: () => 'silence' });
    client.subscribe(CDS);
    await client.next();
    world.set(CDS, 'a', 'v1').push();
    await client.quiet(CDS, 60);
    assert.deepEqual(bodies(await client.next()), ['v1']);
  });

  test(`${variant}: a name that does not exist yet comes when it appears`, async (t) => {
    const world = await new AdsWorld(t).start();
    const client = world.client(variant);
    client.subscribe(EDS, ['late']);
    assert.deepEqual((await client.next()).resources, []);
    world.set(EDS, 'late').push();
    assert.deepEqual(bodies(await client.next()), ['late body']);
  });

  test(`${variant}: a new stream starts afresh, with the node again and everything sent`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').start();
    const first = world.client(variant);
    first.subscribe(CDS);
    await first.next();
    first.close();
    const second = world.client(variant);
    second.subscribe(CDS);
    assert.deepEqual(bodies(await second.next()), ['a body']);
  });

  test(`${variant}: each of two clients gets its own subscription`, async (t) => {
    const world = await new AdsWorld(t).set(EDS, 'a').set(EDS, 'b').start();
    const [one, two] = [world.client(variant), world.client(variant)];
    one.subscribe(EDS, ['a']);
    two.subscribe(EDS, ['b']);
    assert.deepEqual(bodies(await one.next()), ['a body']);
    assert.deepEqual(bodies(await two.next()), ['b body']);
    world.set(EDS, 'b', 'b moved').push();
    assert.deepEqual(bodies(await two.next()), ['b moved']);
    await one.quiet();
  });

  test(`${variant}: a generator that fails takes nothing away, and the next push heals`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').start();
    const client = world.client(variant);
    client.subscribe(CDS);
    await client.next();
    world.failure = new Error('broken printer');
    world.set(CDS, 'a', 'a changed').push();
    await client.quiet();
    assert.ok(world.events.some((event) => event.kind === 'generate-failed'));
    world.failure = undefined;
    world.push();
    assert.deepEqual(bodies(await client.next()), ['a changed']);
  });

  test(`${variant}: one type that cannot be printed keeps its last state, and others go on`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').set(LDS, 'l').start();
    const client = world.client(variant);
    for (const type of [CDS, LDS]) client.subscribe(type);
    for (const type of [CDS, LDS]) await client.next(type);
    await world.server.idle();
    world.failingType = CDS;
    world.set(CDS, 'a', 'a changed').set(LDS, 'l', 'l changed').push();
    assert.deepEqual(bodies(await client.next()), ['l changed']);
    await client.quiet(CDS);
    world.failingType = undefined;
    world.push();
    assert.deepEqual(bodies(await client.next()), ['a changed']);
  });

  test(`${variant}: a generator that fails at the start leaves the client waiting, not empty`, async (t) => {
    const world = await new AdsWorld(t).set(CDS, 'a').start();
    world.failure = new Error('not synced yet');
    const client = world.client(variant);
    client.subscribe(CDS);
    await client.quiet();
    world.failure = undefined;
    world.push();
    assert.deepEqual(bodies(await client.next()), ['a body']);
  });
}
