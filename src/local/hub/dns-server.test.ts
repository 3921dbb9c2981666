// Cluster DNS as a client sees it: answers, forwarding, and what does not fit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from 'dns-packet';
import type { DecodedPacket, Packet, RecordType } from 'dns-packet';
import { DnsServer } from './dns-server.ts';

const zone = {
  domain: 'cluster.local',
  addresses: { 'web.shop.svc.cluster.local': ['10.96.0.20'] },
  aliases: {
    'inner.shop.svc.cluster.local': 'web.shop.svc.cluster.local',
    'outer.shop.svc.cluster.local': 'example.com',
  },
  ports: {},
};

async function ask(
  server: DnsServer,
  name: string,
  type: RecordType = 'A',
): Promise<DecodedPacket & { readonly rcode?: unknown }> {
  const query = encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ type, name }] });
  const answer = await server.answer(query);
  assert.ok(answer);
  return decode(Buffer.from(answer));
}

const data = (packet: Packet): unknown[] =>
  (packet.answers ?? []).map((answer) => ('data' in answer ? answer.data : ''));

function serverWith(forward: (query: Uint8Array) => Promise<Uint8Array | undefined>): DnsServer {
  const server = new DnsServer(forward);
  server.setZone(zone);
  return server;
}

const nobody = serverWith(async () => undefined);

test('a service’s address, under the question’s number', async () => {
  const answer = await ask(nobody, 'web.shop.svc.cluster.local');
  assert.deepEqual([answer.id, answer.rcode, data(answer)], [7, 'NOERROR', ['10.96.0.20']]);
});

test('a name without the asked type is no error; an unknown one is', async () => {
  assert.equal((await ask(nobody, 'web.shop.svc.cluster.local', 'AAAA')).rcode, 'NOERROR');
  assert.equal((await ask(nobody, 'absent.shop.svc.cluster.local')).rcode, 'NXDOMAIN');
});

test('an alias brings its target’s address along', async () => {
  assert.deepEqual(data(await ask(nobody, 'inner.shop.svc.cluster.local')), [
    'web.shop.svc.cluster.local',
    '10.96.0.20',
  ]);
});

test('other names are asked elsewhere; no answer there is a failure, not a missing name', async () => {
  const forwarding = serverWith(async (query) => {
    const { id = 0, questions = [] } = decode(Buffer.from(query));
    const [question] = questions;
    const answers = [{ type: 'A' as const, name: question?.name ?? '', ttl: 60, data: '93.184.0.1' }];
    return encode({ type: 'response', id, questions, answers });
  });
  assert.deepEqual(data(await ask(forwarding, 'example.com')), ['93.184.0.1']);
  assert.deepEqual(data(await ask(forwarding, 'outer.shop.svc.cluster.local')), ['example.com', '93.184.0.1']);
  assert.equal((await ask(nobody, 'example.com')).rcode, 'SERVFAIL');
});

test('what is no query gets no answer', async () => {
  assert.equal(await nobody.answer(Buffer.from('hello')), undefined);
  assert.equal(await nobody.answer(encode({ type: 'response', id: 1, questions: [] })), undefined);
});

test('nothing that a pod can send ends the server: inherited names, records that cannot be written again', async () => {
  for (const name of ['constructor', '__proto__', 'hasOwnProperty']) {
    assert.equal((await ask(nobody, name)).rcode, 'SERVFAIL', name);
  }
  // An SSHFP record whose fingerprint has the wrong length can be read, but not encoded.
  const sshfp = '00d001000001000000000001076578616d706c6503636f6d000021000100002ce400960000000000';
  const answer = await nobody.answer(Buffer.from(sshfp, 'hex'));
  assert.equal(Buffer.from(answer ?? []).toString('hex', 0, 4), '00d08182');
});

test('a resolver’s answer that cannot be read is a failure of that question alone', async () => {
  const garbled = serverWith(async () => Buffer.from('no DNS at all'));
  assert.equal((await ask(garbled, 'outer.shop.svc.cluster.local')).rcode, 'SERVFAIL');
});

test('so many questions wait for other resolvers, and no more', async () => {
  let asked = 0;
  const slow = serverWith(() => {
    asked += 1;
    return new Promise(() => undefined);
  });
  const answers = Array.from({ length: 300 }, (_, i) => ask(slow, `n${i}.example.com`));
  const first = await Promise.race(answers);
  assert.deepEqual([asked, first.rcode], [256, 'SERVFAIL']);
});
