// Clients and upstreams that hang up, stall, answer twice or early, at random: nothing throws, nothing is counted wrong, and whoever
// behaves is served all the while.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { get, httpWorld, RawClient } from '../../../test/kit/http-proxy.ts';

/** A small generator with a seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

const answers: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
  (socket) => socket.write('HTTP/1.1 503 X\r\ncontent-length: 2\r\n\r\nno'),
  (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20000\r\n${'a'.repeat(131_072)}\r\n0\r\n\r\n`),
  (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart'),
  (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart'),
  (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'),
  (socket) => socket.end(),
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
  (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'),
  (socket) => socket.write('nonsense\r\n\r\n'),
  () => {},
];

const requests: readonly string[] = [
  get('/'),
  get('/') + get('/') + get('/'),
  get('/', 'connection: close\r\n'),
  'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello',
  `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n${'b'.repeat(200_000)}`,
  'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\npart',
  'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'GET / HTTP/1.1\r\nhos',
  get('/', 'connection: upgrade\r\nupgrade: websocket\r\n') + 'more',
  get('/', 'expect: 100-continue\r\n'),
];

async function misbehave(port: number, pick: (below: number) => number): Promise<void> {
  const client = await RawClient.open(port);
  if (pick(4) === 0) client.socket.pause();
  for (let count = pick(3) + 1; count > 0 && !client.closed; count--) {
    client.send(requests[pick(requests.length)]!);
    await new Promise((resolve) => setTimeout(resolve, pick(30)));
  }
  if (pick(3) === 0) client.socket.resetAndDestroy();
  else if (pick(2) === 0) client.socket.end();
  client.close();
}

test('unruly peers leave nothing behind', async () => {
  const seed = Date.now() & 0xffff;
  const pick = generator(seed);
  const { client, proxy, close } = await httpWorld(
    (head, socket) => {
      const delay = pick(3) === 0 ? pick(20) : 0;
      const answer = head.startsWith('GET /well') ? answers[0]! : answers[pick(answers.length)]!;
      setTimeout(() => void (socket.destroyed || answer(socket)), delay);
    },
    {
      route: { timeout: '0.1s', retryPolicy: { retryOn: '5xx,reset', numRetries: 2, perTryTimeout: '0.03s' } },
      manager: { upgradeConfigs: [{ upgradeType: 'websocket' }], streamIdleTimeout: '0.15s' },
      bufferLimitBytes: 100_000,
    },
  );
  const cluster = proxy.clusters.get('a')!;
  for (let round = 0; round < 12; round++) {
    const crowd = Array.from({ length: 12 }, () => misbehave(proxy.port, pick));
    client.send(get('/well'));
    const { head } = await client.answer();
    assert.match(head, /^HTTP\/1\.1 (200|50[234])/, `seed ${seed}`);
    await Promise.all(crowd);
  }
  client.close();
  const open = (): number[] => [
    proxy.stats.gauges.downstream_cx_active,
    proxy.stats.gauges.downstream_rq_active,
    cluster.stats.gauges.upstream_rq_active,
    cluster.stats.gauges.upstream_rq_pending_active,
    cluster.resources.default.requests,
    cluster.resources.default.pending,
    cluster.resources.default.retries,
    cluster.hosts[0]!.activeRequests,
  ];
  const end = performance.now() + 3000;
  while (open().some((count) => count !== 0) && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(open(), [0, 0, 0, 0, 0, 0, 0, 0], `seed ${seed}`);
  assert.equal(cluster.resources.default.connections, cluster.hosts[0]!.pools.default.connections, `seed ${seed}`);
  close();
});
