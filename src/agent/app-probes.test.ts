// The agent's probes against real servers of each kind: healthy, unhealthy, slow, and not there.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { probeApp } from './app-probes.ts';

const host = '127.0.0.1';

async function httpApp(t: TestContext): Promise<number> {
  const server = createHttpServer((request, response) => {
    if (request.url === '/slow') return;
    const status = request.url === '/sick' ? 503 : request.url === '/moved' ? 302 : 200;
    response.writeHead(status, { location: '/elsewhere' });
    response.end(`${String(request.headers['x-probe'])} ${request.socket.remoteAddress}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** grpc.health.v1 with one service that is well and one that is not. */
async function grpcApp(t: TestContext): Promise<number> {
  const bytes = (message: Buffer): Buffer => message;
  const check = {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  const server = new Server();
  server.addService(
    { Check: check } as never,
    {
      Check: (call: { request: Buffer }, answer: (error: null, message: Buffer) => void) => {
        answer(null, Buffer.from([0x08, call.request.subarray(2).toString() === 'sick' ? 2 : 1]));
      },
    } as never,
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  t.after(() => server.forceShutdown());
  return port;
}

test('HTTP: status and body are the application’s, asked from the address that the rules let through', async (t) => {
  const port = await httpApp(t);
  const httpHeaders = [{ name: 'X-Probe', value: 'yes' }];
  assert.deepEqual(await probeApp({ httpGet: { port, path: '/ok', httpHeaders } }, host, {}), {
    status: 200,
    body: 'yes 127.0.0.6',
  });
  assert.equal((await probeApp({ httpGet: { port, path: 'sick' } }, host, {})).status, 503);
  assert.equal((await probeApp({ httpGet: { port, path: '/moved' } }, host, {})).status, 302);
});

test('HTTP: no answer in time is a failure', async (t) => {
  const port = await httpApp(t);
  const startedAt = performance.now();
  const answer = await probeApp({ httpGet: { port, path: '/slow' }, timeoutSeconds: 1 }, host, {});
  assert.equal(answer.status, 500);
  assert.ok(performance.now() - startedAt < 1500);
});

test('TCP: an open port is healthy, a closed one is not', async (t) => {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.after(() => server.close());
  assert.equal((await probeApp({ tcpSocket: { port } }, host, {})).status, 200);
  assert.equal((await probeApp({ tcpSocket: { port: 1 } }, host, {})).status, 500);
});

test('gRPC: the service’s own health counts', async (t) => {
  const port = await grpcApp(t);
  assert.equal((await probeApp({ grpc: { port } }, host, {})).status, 200);
  assert.equal((await probeApp({ grpc: { port, service: 'well' } }, host, {})).status, 200);
  assert.deepEqual(await probeApp({ grpc: { port, service: 'sick' } }, host, {}), {
    status: 500,
    body: 'health status 2\n',
  });
  assert.equal((await probeApp({ grpc: { port: 1 } }, host, {})).status, 500);
});
