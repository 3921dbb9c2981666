// What a connection's first bytes are taken for, however they are cut.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { inspectHttp } from './http-inspector.ts';
import { inspectTls } from './tls-inspector.ts';

const cases: readonly [text: string, expected: ReturnType<typeof inspectHttp>][] = [
  ['GET / HTTP/1.1\r\n', 'http/1.1'],
  ['GET / HTTP/1.0\r\n', 'http/1.0'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'h2c'],
  ['PRI * HTTP/2.0', 'more'],
  ['PUT /some', 'more'],
  ['hello mesh\r\n', 'not-http'],
  ['HELLO mesh\r\n', 'not-http'],
  ['GET /\r\n', 'not-http'],
  ['GET / HTTP/1.1 x\r\n', 'not-http'],
  ['\u0016\u0003\u0001', 'not-http'],
];

test('HTTP is told from other protocols by its first line', () => {
  for (const [text, expected] of cases) assert.equal(inspectHttp(Buffer.from(text, 'latin1')), expected, text);
});

/** The bytes that a real TLS client sends first. */
async function clientHello(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const client = connect({ port, host: '127.0.0.1', servername: 'Reviews.Shop', ALPNProtocols: ['h2', 'http/1.1'] });
  client.on('error', () => undefined);
  const [socket] = (await accepted) as [import('node:net').Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

test('a TLS client’s server name and protocols are read, from any part of its first message on', async () => {
  const hello = await clientHello();
  assert.deepEqual(inspectTls(hello), {
    is: 'tls',
    serverName: 'reviews.shop',
    applicationProtocols: ['h2', 'http/1.1'],
  });
  for (let end = 1; end < hello.length; end += 1) assert.equal(inspectTls(hello.subarray(0, end)).is, 'more', `${end}`);
});

test('what only begins like TLS is none', () => {
  assert.equal(inspectTls(Buffer.from('GET / HTTP/1.1\r\n')).is, 'not-tls');
  assert.equal(inspectTls(Buffer.from([22, 3, 1, 0xff, 0xff, 1])).is, 'not-tls');
  assert.equal(inspectTls(Buffer.from([22, 3, 1, 0, 5, 2, 0, 0, 1, 0])).is, 'not-tls');
});
