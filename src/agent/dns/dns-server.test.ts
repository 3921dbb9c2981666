// The DNS proxy over real sockets: its own names, forwarded ones, and whatever else arrives on a port.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import dnsPacket, { type DecodedPacket, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { silentLogger } from '../../telemetry/logger.ts';
import { DnsServer } from './dns-server.ts';
import { LookupTable, type NamedHost } from './lookup-table.ts';
import { UpstreamResolver } from './upstream-resolver.ts';

/** The types leave out what decoding does give. */
type Answer = DecodedPacket & { readonly rcode?: string };

function host(shortname: string, ...ips: string[]): [string, NamedHost] {
  return [`${shortname}.shop.svc.cluster.local`, { ips, registry: 'Kubernetes', shortname, namespace: 'shop' }];
}

const manyAddresses = Array.from({ length: 100 }, (_, index) => `10.0.1.${index + 1}`);
const table = new LookupTable(
  [host('reviews', '10.96.0.1'), host('cart', '10.0.0.1', '10.0.0.2', '10.0.0.3'), host('many', ...manyAddresses)],
  { namespace: 'shop', domain: 'svc.cluster.local', search: ['shop.svc.cluster.local'] },
);

/** A resolver behind the proxy: UDP answers come as `udp` says, TCP ones always whole. */
class FakeResolver {
  readonly udp = createSocket('udp4');
  readonly tcp: Server;
  mode: 'answer' | 'truncate' | 'silent' | 'forge' = 'answer';
  udpQueries = 0;
  tcpQueries = 0;

  constructor() {
    this.udp.on('message', (packet, from) => {
      this.udpQueries += 1;
      if (this.mode === 'silent') return;
      const query = dnsPacket.decode(packet);
      if (this.mode === 'forge') {
        this.udp.send(encodeAnswer({ ...query, id: (query.id ?? 0) ^ 1 }, '6.6.6.6'), from.port, from.address);
      }
      const flags = this.mode === 'truncate' ? dnsPacket.TRUNCATED_RESPONSE : 0;
      this.udp.send(encodeAnswer(query, '93.184.216.34', flags), from.port, from.address);
    });
    this.tcp = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (chunk) => {
        this.tcpQueries += 1;
        const query = dnsPacket.decode(chunk.subarray(2));
        if (this.mode !== 'silent') socket.end(framed(encodeAnswer(query, '93.184.216.35')));
      });
    });
  }

  async listen(): Promise<number> {
    this.udp.bind(0, '127.0.0.1');
    await once(this.udp, 'listening');
    const { port } = this.udp.address();
    this.tcp.listen(port, '127.0.0.1');
    await once(this.tcp, 'listening');
    return port;
  }

  close(): void {
    this.udp.close();
    this.tcp.close();
  }
}

function encodeAnswer(query: DecodedPacket, address: string, flags = 0): Buffer {
  return dnsPacket.encode({
    type: 'response',
    id: query.id ?? 0,
    flags,
    questions: query.questions ?? [],
    answers: [{ type: 'A', name: query.questions?.[0]?.name ?? '', data: address, ttl: 5 }],
  });
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function query(name: string, type: 'A' | 'AAAA' | 'TXT' = 'A', more: Packet = {}): Buffer {
  return dnsPacket.encode({
    type: 'query',
    id: 4242,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type, name }],
    ...more,
  });
}

function addressesOf(packet: DecodedPacket): string[] {
  return (packet.answers ?? []).flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
}

describe('the DNS proxy', () => {
  const resolver = new FakeResolver();
  let server: DnsServer;

  before(async () => {
    const port = await resolver.listen();
    const servers = [{ host: '127.0.0.1', port }];
    const upstream = new UpstreamResolver({ servers, timeoutMs: 150, maxInFlight: 20 });
    server = new DnsServer({ host: '127.0.0.1', port: 0, upstream, log: silentLogger });
    await server.listen();
  });

  after(async () => {
    await server.close();
    resolver.close();
  });

  async function askRaw(packet: Buffer, waitMs = 1000): Promise<Buffer | undefined> {
    const socket = createSocket('udp4');
    try {
      socket.send(packet, server.port, '127.0.0.1');
      const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(waitMs) })) as [Buffer];
      return answer;
    } catch {
      return undefined; // Nothing came within the time, which is what the caller asks about.
    } finally {
      socket.close();
    }
  }

  async function ask(packet: Buffer): Promise<Answer> {
    const answer = await askRaw(packet);
    assert.ok(answer, 'no answer');
    return dnsPacket.decode(answer);
  }

  /** Sends the bytes in the given pieces, closes its side, and reads messages until the other side closes too. */
  async function askTcp(...pieces: Buffer[]): Promise<DecodedPacket[]> {
    const socket = connect(server.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => socket.destroy());
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    socket.end();
    await once(socket, 'close');
    const bytes = Buffer.concat(chunks);
    const messages: DecodedPacket[] = [];
    for (let at = 0; at + 2 <= bytes.length; at += 2 + bytes.readUInt16BE(at)) {
      messages.push(dnsPacket.decode(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at))));
    }
    return messages;
  }

  test('before the first table every question fails, so that nobody is sent astray', async () => {
    assert.equal(server.ready, false);
    assert.equal((await ask(query('reviews'))).rcode, 'SERVFAIL');
    server.update(table);
    assert.equal(server.ready, true);
  });

  test('a known name is answered with authority, in the case in which it was asked', async () => {
    const answer = await ask(query('ReViews.Shop.svc.cluster.LOCAL'));
    assert.deepEqual(addressesOf(answer), ['10.96.0.1']);
    assert.deepEqual([answer.rcode, answer.flag_aa, answer.flag_rd, answer.id], ['NOERROR', true, true, 4242]);
    assert.equal(answer.questions?.[0]?.name, 'ReViews.Shop.svc.cluster.LOCAL');
    assert.equal(answer.answers?.[0]?.name, 'ReViews.Shop.svc.cluster.LOCAL');
  });

  test('AAAA of a name with IPv4 only is empty, but no error', async () => {
    const answer = await ask(query('reviews', 'AAAA'));
    assert.deepEqual([answer.rcode, answer.answers?.length], ['NOERROR', 0]);
  });

  test('a name with a search domain behind it comes with its canonical name', async () => {
    const answer = await ask(query('reviews.shop.shop.svc.cluster.local'));
    assert.deepEqual(
      answer.answers?.map((record) => [record.type, record.name, 'data' in record ? record.data : undefined]),
      [
        ['CNAME', 'reviews.shop.shop.svc.cluster.local', 'reviews.shop'],
        ['A', 'reviews.shop', '10.96.0.1'],
      ],
    );
  });

  test('each of several addresses comes first now and then', async () => {
    const firsts = new Set<string | undefined>();
    for (let round = 0; round < 60 && firsts.size < 3; round += 1) {
      const addresses = addressesOf(await ask(query('cart')));
      assert.equal(addresses.length, 3);
      firsts.add(addresses[0]);
    }
    assert.equal(firsts.size, 3);
  });

  test('what does not fit a datagram is cut, and comes whole over TCP or with EDNS', async () => {
    const cut = await ask(query('many'));
    assert.equal(cut.flag_tc, true);
    assert.ok((cut.answers?.length ?? 0) > 20);
    const opt = { type: 'OPT' as const, name: '.' as const, udpPayloadSize: 4096, flags: 0, options: [] };
    const whole = await ask(
      query('many', 'A', { additionals: [opt] as unknown as NonNullable<Packet['additionals']> }),
    );
    assert.deepEqual([whole.flag_tc, whole.answers?.length], [false, 100]);
    const [tcp] = await askTcp(framed(query('many')));
    assert.deepEqual([tcp?.flag_tc, tcp?.answers?.length], [false, 100]);
  });

  test('over TCP queries may come in pieces and several at once', async () => {
    const bytes = Buffer.concat([framed(query('reviews')), framed(query('cart'))]);
    const answers = await askTcp(bytes.subarray(0, 1), bytes.subarray(1, 30), bytes.subarray(30));
    assert.deepEqual(new Set(answers.map((answer) => addressesOf(answer).length)), new Set([1, 3]));
  });

  test('other names and other types go to the pod’s resolver, over the same transport', async () => {
    assert.deepEqual(addressesOf(await ask(query('example.com'))), ['93.184.216.34']);
    const [tcp] = await askTcp(framed(query('example.com')));
    assert.deepEqual(addressesOf(tcp!), ['93.184.216.35']);
    const udpBefore = resolver.udpQueries;
    await ask(query('reviews', 'TXT'));
    assert.equal(resolver.udpQueries, udpBefore + 1);
  });

  test('a truncated answer is fetched again over TCP', async () => {
    resolver.mode = 'truncate';
    const answer = await ask(query('example.com'));
    assert.deepEqual([answer.flag_tc, addressesOf(answer)], [false, ['93.184.216.35']]);
  });

  test('an answer with another id is not believed', async () => {
    resolver.mode = 'forge';
    assert.deepEqual(addressesOf(await ask(query('example.com'))), ['93.184.216.34']);
  });

  test('a silent resolver ends in SERVFAIL, and too many waiting queries fail at once', async () => {
    resolver.mode = 'silent';
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(query('example.com'))));
    assert.ok(answers.every((answer) => answer.rcode === 'SERVFAIL'));
    assert.ok(performance.now() - startedAt < 900);
    const udpBefore = resolver.udpQueries;
    resolver.mode = 'answer';
    assert.deepEqual(addressesOf(await ask(query('example.com'))), ['93.184.216.34']);
    assert.equal(resolver.udpQueries, udpBefore + 1);
  });

  test('what is no question gets an error or nothing, and does no harm', async () => {
    const good = query('reviews');
    const twoQuestions = Buffer.from(good);
    twoQuestions.writeUInt16BE(2, 4);
    const update = Buffer.from(good);
    update[2] = 5 << 3;
    const pointer = Buffer.concat([good.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]);
    const tooLong = Buffer.concat([good.subarray(0, 12), Buffer.alloc(300, 1)]);
    for (const [packet, rcode] of [
      [twoQuestions, 1],
      [update, 4],
      [pointer, 1],
      [tooLong, 1],
      [good.subarray(0, 15), 1],
    ] as const) {
      const answer = await askRaw(packet);
      assert.equal(answer && answer[3]! & 0xf, rcode);
    }
    const response = Buffer.from(good);
    response[2]! |= 0x80;
    for (const packet of [Buffer.alloc(0), good.subarray(0, 11), response]) {
      assert.equal(await askRaw(packet, 50), undefined);
    }
    assert.deepEqual(addressesOf(await ask(good)), ['10.96.0.1']);
  });

  test('random and damaged bytes never stop it', async () => {
    const good = query('reviews.shop.svc.cluster.local');
    resolver.mode = 'silent';
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.uint8Array({ maxLength: 40 }), async (at, junk) => {
        const damaged = Buffer.from(good);
        damaged.set(junk.subarray(0, damaged.length - at), at);
        await Promise.all([askRaw(damaged, 5), askRaw(Buffer.from(junk), 5)]);
      }),
      { numRuns: 60 },
    );
    resolver.mode = 'answer';
    assert.deepEqual(addressesOf(await ask(good)), ['10.96.0.1']);
  });
});
