// Requests through the proxy to a backend and back, on real sockets: what arrives, what returns, and in which order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, httpWorld, ok, RawClient } from '../../../test/kit/http-proxy.ts';

test('a request goes out and its answer comes back', async () => {
  const { backend, proxy, client, close } = await httpWorld(ok);
  client.send('GET /a?b=c HTTP/1.1\r\nHost: shop.test\r\nX-K: v\r\nConnection: keep-alive\r\n\r\n');
  const { head, body } = await client.answer();
  assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(head, /\r\nserver: envoy/);
  assert.match(head, /\r\nx-envoy-upstream-service-time: \d+/);
  assert.match(head, /\r\ndate: /);
  assert.equal(body, 'ok');
  const [seen] = backend.heads;
  assert.match(seen!, /^GET \/a\?b=c HTTP\/1\.1\r\nhost: shop\.test\r\n/);
  assert.match(seen!, /\r\nx-k: v/);
  assert.match(seen!, /\r\nx-request-id: [0-9a-f-]{36}/);
  assert.match(seen!, /\r\nx-forwarded-proto: http/);
  assert.doesNotMatch(seen!, /connection/i);
  assert.equal(proxy.outcome, '200 - via_upstream');
  close();
});

test('requests of one connection share one upstream connection', async () => {
  const { backend, proxy, client, close } = await httpWorld(ok);
  for (let at = 0; at < 5; at++) {
    client.send(get(`/${at}`));
    await client.answer();
  }
  assert.equal(backend.heads.length, 5);
  assert.equal(backend.sockets.size, 1);
  assert.equal(proxy.clusters.get('a')!.stats.counters.upstream_cx_total, 1);
  close();
});

test('pipelined requests are answered in order, however slow the first', async () => {
  const { client, backend, close } = await httpWorld((head, socket) => {
    const path = head.split(' ')[1]!;
    const delayMs = path === '/1' ? 60 : 0;
    setTimeout(() => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n${path}`), delayMs);
  });
  client.send(get('/1') + get('/2') + get('/3'));
  for (const path of ['/1', '/2', '/3']) assert.equal((await client.answer()).body, path);
  assert.deepEqual(
    backend.heads.map((head) => head.split(' ')[1]),
    ['/1', '/2', '/3'],
  );
  close();
});

test('three hundred pipelined requests to a route that answers itself', async () => {
  const { client, close } = await httpWorld(ok, {
    virtualHosts: [
      { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, directResponse: { status: 204 } }] },
    ],
  });
  client.send(get().repeat(300));
  await client.until(() => client.text.split('HTTP/1.1 204 No Content').length === 301);
  close();
});

test('chunks stay chunks, lengths stay lengths', async () => {
  const { backend, client, close } = await httpWorld((_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n');
    setTimeout(() => socket.write('2\r\nde\r\n0\r\n\r\n'), 30);
  });
  client.send('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n');
  const { head, body } = await client.answer();
  assert.match(head, /transfer-encoding: chunked/);
  assert.equal(body, '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
  assert.match(backend.received, /transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
  close();
});

test('a body that ends with the connection', async () => {
  const { client, close } = await httpWorld((_head, socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nabc'));
  client.send(get());
  assert.equal((await client.answer()).body, '3\r\nabc\r\n0\r\n\r\n');
  client.send(get());
  assert.equal((await client.answer()).body, '3\r\nabc\r\n0\r\n\r\n');
  close();
});

test('an answer before the request is whole ends the connection', async () => {
  const { client, proxy, close } = await httpWorld(ok);
  client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
  const { head, body } = await client.answer();
  assert.match(head, /\r\nconnection: close/);
  assert.equal(body, 'ok');
  await client.until(() => client.ended);
  assert.equal(proxy.stats.counters.downstream_rq_response_before_rq_complete, 1);
  close();
});

test('a client that goes away takes its request with it', async () => {
  const { client, backend, proxy, close } = await httpWorld(() => {});
  client.send(get());
  await client.until(() => backend.heads.length === 1);
  client.close();
  await client.until(() => backend.sockets.size === 0 && proxy.streams.length === 1);
  assert.equal(proxy.outcome, '0 DC downstream_remote_disconnect');
  assert.equal(proxy.clusters.get('a')!.resources.default.requests, 0);
  close();
});

test('what follows an answer unasked is no answer to the next request', async () => {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
  const { client, backend, close } = await httpWorld((_head, socket) => {
    socket.write(backend.heads.length === 1 ? `${answer}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil` : answer);
  });
  client.send(get('/1') + get('/2'));
  assert.equal((await client.answer()).body, 'ok');
  assert.equal((await client.answer()).body, 'ok');
  assert.equal(backend.heads.length, 2);
  close();
});

test('another protocol after 101, both ways', async () => {
  const { client, backend, proxy, close } = await httpWorld(
    (_head, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nhello');
      socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
    },
    { manager: { upgradeConfigs: [{ upgradeType: 'websocket' }] } },
  );
  client.send(get('/', 'connection: Upgrade\r\nupgrade: websocket\r\n'));
  await client.until(() => client.text.endsWith('\r\n\r\nhello'));
  assert.match(client.text, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.match(backend.heads[0]!, /\r\nupgrade: websocket/);
  client.send('ping');
  await client.until(() => client.text.endsWith('PING'));
  for (const socket of backend.sockets) socket.end();
  await client.until(() => client.ended);
  assert.equal(proxy.outcome, '101 UC upstream_reset_after_response_started{connection_termination}');
  close();
});

test('a draining connection says so with its next answer', async () => {
  const { client, proxy, close } = await httpWorld(
    (head, socket) => void setTimeout(() => ok(head, socket, () => ''), 30),
  );
  client.send(get());
  await client.until(() => proxy.stats.gauges.downstream_rq_active === 1);
  proxy.drain();
  assert.match((await client.answer()).head, /\r\nconnection: close/);
  await client.until(() => client.ended);
  close();
});

test('an ORIGINAL_DST cluster goes where the client meant to go', async () => {
  const { client, backend, proxy, close } = await httpWorld(ok);
  const original = { name: 'a', type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED', connectTimeout: '1s' };
  proxy.setCluster(original);
  client.close();
  proxy.originalPort = backend.port;
  const other = await RawClient.open(proxy.port);
  other.send(get());
  assert.equal((await other.answer()).body, 'ok');
  assert.equal(proxy.streams[0]!.upstreamHost, `127.0.0.1:${backend.port}`);
  other.close();
  close();
});
