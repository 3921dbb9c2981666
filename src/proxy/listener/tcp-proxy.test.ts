// Bytes through a listener and its TCP proxy, on real sockets: both ways, half-closed, in bulk, and when there is nobody there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { decodeCluster, decodeListener } from '../../decide/config/decode-resource.ts';
import { TimerWheel } from '../../lib/timer-wheel.ts';
import { Cluster_DiscoveryType, ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { TcpProxySchema } from '../../proto/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts';
import { LogFiles } from '../../telemetry/access-log/log-files.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import { ClusterSet } from '../cluster/cluster-set.ts';
import { ListenerSet } from './listener-set.ts';
import { TcpProxyHandler } from './tcp-proxy.ts';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function upstream(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** Below those that the system hands out by itself. */
let lastPort = 27_000 + (process.pid % 1000);
const freePort = (): number => ++lastPort;

function socketAddress(port: number) {
  const value = { address: '127.0.0.1', portSpecifier: { case: 'portValue' as const, value: port } };
  return { address: { case: 'socketAddress' as const, value } };
}

function cluster(port: number) {
  const endpoint = { hostIdentifier: { case: 'endpoint' as const, value: { address: socketAddress(port) } } };
  return create(ClusterSchema, {
    name: 'upstream',
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    loadAssignment: { clusterName: 'upstream', endpoints: [{ lbEndpoints: [endpoint] }] },
  });
}

function listener(port: number, idleMs: number) {
  const proxy = create(TcpProxySchema, {
    statPrefix: 'tcp',
    clusterSpecifier: { case: 'cluster', value: 'upstream' },
    ...(idleMs === 0 ? {} : { idleTimeout: { seconds: 0n, nanos: idleMs * 1e6 } }),
  });
  const filter = {
    name: 'envoy.filters.network.tcp_proxy',
    configType: { case: 'typedConfig' as const, value: anyPack(TcpProxySchema, proxy) },
  };
  return create(ListenerSchema, { name: 'tcp', address: socketAddress(port), filterChains: [{ filters: [filter] }] });
}

async function startProxy(upstreamPort: number, { idleMs = 0 } = {}) {
  const metrics = new MetricsRegistry();
  const timers = new TimerWheel();
  const clusters = new ClusterSet({
    timers,
    metrics,
    random: Math.random,
    lookup: () => Promise.resolve({ addresses: [], ttlMs: undefined }),
    log: silentLogger,
    onWarm: () => undefined,
  });
  const logFiles = new LogFiles();
  const listeners = new ListenerSet({
    metrics,
    logFiles,
    drainMs: 1000,
    originalDestination: () => undefined,
    handlerFor: ({ filter }) => {
      assert.ok(filter.kind === 'tcp-proxy');
      return new TcpProxyHandler(filter.config, { clusters, timers, random: Math.random, metrics, logFiles });
    },
    hasRoutes: () => true,
    log: silentLogger,
  });
  const port = freePort();
  clusters.set(decodeCluster(cluster(upstreamPort)).value!);
  await listeners.set(decodeListener(listener(port, idleMs)).value!);
  closers.push(() => {
    listeners.close();
    clusters.close();
    timers.close();
  });
  return { port, metrics, listeners };
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('bytes pass both ways, and each side may end before the other', async () => {
  const target = await upstream((socket) => {
    socket.on('data', (chunk) => socket.write(`heard ${chunk.toString()}`));
    socket.on('end', () => socket.end(' bye'));
  });
  const { port, metrics } = await startProxy(target);
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.write('hello');
  const [first] = (await once(client, 'data')) as [Buffer];
  assert.equal(first.toString(), 'heard hello');
  client.end();
  assert.equal((await readAll(client)).toString(), ' bye');
  await new Promise((resolve) => setTimeout(resolve, 20));
  const stats = new Map(metrics.stats().map(({ name, value }) => [name, value]));
  assert.equal(stats.get('tcp.tcp.downstream_cx_rx_bytes_total'), 5);
  assert.equal(stats.get('tcp.tcp.downstream_cx_tx_bytes_total'), 15);
  assert.equal(stats.get(`listener.127.0.0.1_${port}.downstream_cx_active`), 0);
  assert.equal(stats.get('cluster.upstream.upstream_cx_active'), 0);
});

test('a server that speaks first is heard', async () => {
  const target = await upstream((socket) => socket.end('welcome'));
  const { port } = await startProxy(target);
  assert.equal((await readAll(connect({ port, host: '127.0.0.1' }))).toString(), 'welcome');
});

test('bulk arrives whole through connections at the same time, with slow readers', { timeout: 30_000 }, async () => {
  const blocks = 300;
  const target = await upstream((socket) => {
    const hash = createHash('sha1');
    socket.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      if (Math.random() < 0.05) {
        socket.pause();
        setTimeout(() => socket.resume(), 2);
      }
    });
    socket.on('end', () => socket.end(hash.digest('hex')));
  });
  const { port } = await startProxy(target);
  const send = async (seed: number): Promise<void> => {
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const hash = createHash('sha1');
    for (let index = 0; index < blocks; index += 1) {
      const block = Buffer.alloc(1 + ((index * 7919 + seed) % 60_000), index + seed);
      hash.update(block);
      if (!client.write(block)) await once(client, 'drain');
    }
    client.end();
    assert.equal((await readAll(client)).toString(), hash.digest('hex'));
  };
  await Promise.all([1, 2, 3, 4].map(send));
});

test('where nobody listens, the client is turned away', async () => {
  const { port, metrics } = await startProxy(freePort());
  const client = connect({ port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  await once(client, 'close');
  const stats = new Map(metrics.stats().map(({ name, value }) => [name, value]));
  assert.equal(stats.get('cluster.upstream.upstream_cx_connect_fail'), 1);
});

test('an idle connection is ended', async () => {
  const target = await upstream((socket) => socket.resume());
  const { port } = await startProxy(target, { idleMs: 50 });
  const client = connect({ port, host: '127.0.0.1' });
  client.resume();
  const startedAt = performance.now();
  await once(client, 'close');
  assert.ok(performance.now() - startedAt > 40);
});

test('a listener that goes closes its port; its connections live on until they end', async () => {
  const target = await upstream((socket) => socket.on('data', (chunk) => socket.write(chunk)));
  const { port, listeners } = await startProxy(target);
  const client = connect({ port, host: '127.0.0.1' });
  client.write('a');
  await once(client, 'data');
  listeners.remove('tcp');
  client.write('b');
  assert.equal(((await once(client, 'data')) as [Buffer])[0].toString(), 'b');
  const late = connect({ port, host: '127.0.0.1' });
  await assert.rejects(once(late, 'connect'), { code: 'ECONNREFUSED' });
  client.destroy();
});
