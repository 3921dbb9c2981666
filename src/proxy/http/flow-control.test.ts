// Bodies that are longer than any buffer, to and from peers that do not read: nothing is lost or mixed up, and little is held.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { HttpProxy, httpWorld, RawClient, staticCluster } from '../../../test/kit/http-proxy.ts';

/** Bytes whose order can be told: no two blocks are equal. */
function block(seed: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  for (let at = 0, value = seed * 2654435761; at < bytes; at++) {
    value = (Math.imul(value, 1664525) + 1013904223) | 0;
    buffer[at] = value >>> 24;
  }
  return buffer;
}

async function writeAll(socket: Socket, blocks: number, bytes: number): Promise<string> {
  const hash = createHash('sha1');
  for (let at = 0; at < blocks; at++) {
    const data = block(at, bytes);
    hash.update(data);
    if (!socket.write(data)) await once(socket, 'drain');
  }
  return hash.digest('hex');
}

test('downloads on several connections at once arrive whole, read fast or slowly', async () => {
  const blocks = 60;
  const bytes = 100_000;
  const sent: Promise<string>[] = [];
  const { proxy, client, close } = await httpWorld((_head, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${blocks * bytes}\r\n\r\n`);
    sent.push(writeAll(socket, blocks, bytes));
  });
  client.close();
  const download = async (slow: boolean): Promise<string> => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const hash = createHash('sha1');
    let left = -1;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      let data = chunk;
      if (left < 0) {
        const end = data.indexOf('\r\n\r\n') + 4;
        left = blocks * bytes;
        data = data.subarray(end);
      }
      hash.update(data);
      left -= data.length;
      if (left === 0) break;
      if (slow) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return hash.digest('hex');
  };
  const got = await Promise.all([download(false), download(true), download(true), download(false)]);
  assert.deepEqual(got, await Promise.all(sent));
  close();
});

test('an upload arrives whole', async () => {
  const blocks = 60;
  const bytes = 100_000;
  const hash = createHash('sha1');
  let seen = -1;
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      let data = chunk;
      if (seen < 0) {
        data = chunk.subarray(chunk.indexOf('\r\n\r\n') + 4);
        seen = 0;
      }
      hash.update(data);
      seen += data.length;
      if (seen === blocks * bytes) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { proxy, client, close } = await httpWorld(() => {});
  proxy.setCluster(staticCluster('a', [(server.address() as AddressInfo).port]));
  client.send(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${blocks * bytes}\r\n\r\n`);
  const sent = await writeAll(client.socket, blocks, bytes);
  assert.equal((await client.answer()).body, 'ok');
  assert.equal(hash.digest('hex'), sent);
  close();
  server.close();
});

async function stalled(proxy: HttpProxy, socket: Socket): Promise<number> {
  let before = -1;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    const now = socket.bytesWritten - socket.writableLength;
    if (now === before) return now;
    before = now;
    assert.ok(proxy.port > 0);
  }
}

test('a client that does not read stops the upstream', async () => {
  let upstream: Socket | undefined;
  const { proxy, client, close } = await httpWorld((_head, socket) => {
    upstream = socket;
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    void writeChunks(socket);
  });
  const writeChunks = async (socket: Socket): Promise<void> => {
    const chunk = Buffer.from(`10000\r\n${'a'.repeat(65_536)}\r\n`);
    while (!socket.destroyed) if (!socket.write(chunk)) await once(socket, 'drain').catch(() => {});
  };
  client.socket.pause();
  client.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await client.until(() => upstream !== undefined);
  const held = await stalled(proxy, upstream!);
  assert.ok(held < 30 << 20, `${held} bytes went in`);
  client.socket.resume();
  await client.until(() => client.text.length > held + (1 << 20), 8000);
  close();
});

test('an upstream that does not read stops the client', async () => {
  const { proxy, client, backend, close } = await httpWorld((_head, socket) => void socket.pause());
  client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n');
  const chunk = 'a'.repeat(1 << 16);
  for (let at = 0; at < 1500 && !client.socket.writableNeedDrain; at++) client.send(chunk);
  for (let at = 0; at < 1000; at++) client.send(chunk);
  const held = await stalled(proxy, client.socket);
  assert.ok(held < 30 << 20, `${held} bytes went in`);
  for (const socket of backend.sockets) socket.resume();
  await client.until(() => backend.received.length > held + (1 << 20), 8000);
  close();
});

test('while there is no connection, no more than the limit of a body is taken', async () => {
  // An address of a network that does not answer.
  const { proxy, client, close } = await httpWorld(() => {}, { bufferLimitBytes: 100_000 });
  const endpoint = { endpoint: { address: { socketAddress: { address: '240.0.0.1', portValue: 9 } } } };
  const loadAssignment = { clusterName: 'a', endpoints: [{ lbEndpoints: [endpoint] }] };
  proxy.setCluster({ name: 'a', type: 'STATIC', connectTimeout: '5s', loadAssignment });
  client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n');
  for (let at = 0; at < 500; at++) client.send('a'.repeat(1 << 16));
  await stalled(proxy, client.socket);
  const stream = proxy.streams[0];
  if (stream === undefined) assert.ok(proxy.stats.counters.downstream_flow_control_paused_reading_total > 0);
  close();
});

async function sendSlowly(text: string, send: (char: string) => void): Promise<void> {
  for (const char of text) {
    send(char);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a request and a response, byte by byte', async () => {
  const text = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
  const { client, close } = await httpWorld((_head, socket) => {
    socket.setNoDelay(true);
    void sendSlowly(text, (char) => socket.write(char));
  });
  client.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const { body } = await client.answer();
  assert.equal(body.replaceAll(/[0-9]+\r\n|\r\n/g, ''), 'abc');
  const other = await RawClient.open(client.socket.remotePort!);
  await sendSlowly('GET / HTTP/1.1\r\nhost: x\r\n\r\n', (char) => other.send(char));
  assert.match((await other.answer()).head, /^HTTP\/1\.1 200/);
  other.close();
  close();
});

test('a client that does not read its answers gets no further ones', async () => {
  const total = 4000;
  const body = 'b'.repeat(4000);
  const { proxy, client, close } = await httpWorld(() => {}, {
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [{ match: { prefix: '/' }, directResponse: { status: 200, body: { inlineString: body } } }],
      },
    ],
  });
  client.socket.pause();
  client.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(total));
  const { counters } = proxy.stats;
  await client.until(() => counters.downstream_rq_total > 0);
  await stalled(proxy, client.socket);
  assert.ok(counters.downstream_rq_total < total / 2, `${counters.downstream_rq_total} requests were answered`);
  client.socket.resume();
  await client.until(() => client.text.includes('\r\n\r\n'));
  const each = client.text.indexOf('\r\n\r\n') + 4 + body.length;
  await client.until(() => client.text.length >= total * each, 15_000);
  assert.equal(client.text.length, total * each);
  close();
});

test('of many interim answers the client gets the first', { timeout: 20_000 }, async (t) => {
  const interim = `HTTP/1.1 103 Early Hints\r\nlink: ${'a'.repeat(4000)}\r\n\r\n`.repeat(100);
  const { client, close } = await httpWorld(
    (_head, socket) => {
      for (let count = 0; count < 25; count++) socket.write(interim);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    },
    { manager: { proxy100Continue: true } },
  );
  t.after(close);
  client.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  assert.match((await client.answer()).head, /^HTTP\/1\.1 103 /);
  assert.match((await client.answer()).head, /^HTTP\/1\.1 200 /);
});
