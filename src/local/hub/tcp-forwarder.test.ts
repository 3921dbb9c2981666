// Published connections: bytes both ways, half-closes, slow readers, and nobody to connect to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { after, test } from 'node:test';
import { TcpForwarder } from './tcp-forwarder.ts';

const servers: Server[] = [];
after(() => servers.forEach((server) => server.close()));

async function listen(
  onConnection?: (socket: Socket) => void,
  allowHalfOpen = false,
): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen }, onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return { server, port: (server.address() as AddressInfo).port };
}

async function forwarderTo(...ports: number[]): Promise<number> {
  const { server, port } = await listen();
  new TcpForwarder(server).setTargets(ports.map((target) => ({ address: '127.0.0.1', port: target })));
  return port;
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('what a client says and closes is answered after its half-close', async () => {
  const answer = (socket: Socket): void => void readAll(socket).then((said) => socket.end(`heard ${said.toString()}`));
  const upstream = await listen(answer, true);
  const client = connect(await forwarderTo(upstream.port), '127.0.0.1');
  client.end('hello');
  assert.equal((await readAll(client)).toString(), 'heard hello');
});

test('a reader that does not read stops the writer, and nothing is lost', async () => {
  const size = 64 * 1024 * 1024;
  let written = 0;
  const upstream = await listen((socket) => {
    const piece = Buffer.alloc(64 * 1024);
    const write = (): void => {
      while (written < size) {
        written += piece.length;
        if (!socket.write(piece)) return void socket.once('drain', write);
      }
      socket.end();
    };
    write();
  });
  const client = connect(await forwarderTo(upstream.port), '127.0.0.1');
  await once(client, 'connect');
  client.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(written < size / 2, `${written} bytes were taken while nobody read`);
  assert.equal((await readAll(client)).length, size);
});

test('connections go to the targets in turn', async () => {
  const names = await Promise.all(['a', 'b'].map((name) => listen((socket) => void socket.end(name))));
  const port = await forwarderTo(...names.map((target) => target.port));
  const heard: string[] = [];
  for (let i = 0; i < 4; i += 1) heard.push((await readAll(connect(port, '127.0.0.1'))).toString());
  assert.deepEqual(heard.toSorted(), ['a', 'a', 'b', 'b']);
});

test('without a gateway the client is told so; a target that refuses ends the connection', async () => {
  assert.match(
    (await readAll(connect(await forwarderTo(), '127.0.0.1'))).toString(),
    /^HTTP\/1\.1 503 .*no ingress gateway pod/s,
  );
  const { server, port } = await listen();
  server.close();
  const client = connect(await forwarderTo(port), '127.0.0.1');
  assert.equal((await readAll(client).catch(() => Buffer.alloc(0))).length, 0);
});
