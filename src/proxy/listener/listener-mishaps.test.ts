// Exceptions planted where connections are accepted, inspected, relayed and retired: each ends one connection, and the next is served.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createRegistry, fromJson, type JsonObject } from '@bufbuild/protobuf';
import { anySchemas } from '../../decide/config/decode/any-types.ts';
import { decodeCluster, decodeListener } from '../../decide/config/decode-resource.ts';
import { staticCluster } from '../../../test/kit/http-proxy.ts';
import { TimerWheel } from '../../lib/timer-wheel.ts';
import { ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { LogFiles } from '../../telemetry/access-log/log-files.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import { ClusterSet } from '../cluster/cluster-set.ts';
import { mishapCounters } from '../mishaps.ts';
import type { Downstream } from './downstream.ts';
import { ListenerSet } from './listener-set.ts';
import { RawSocket } from './raw-socket.ts';
import { Relay } from './relay.ts';
import { TcpProxyHandler } from './tcp-proxy.ts';

const registry = createRegistry(...anySchemas);
const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.filters.${name}` });

/** A place to plant in: throws when it is passed for the first time. */
type Place = 'accept' | 'take' | 'cluster' | 'drain';

function throwAt(place: Place, planted: Place | undefined, left: { count: number }): void {
  if (place !== planted || left.count === 0) return;
  left.count -= 1;
  throw new Error(`planted in ${place}`);
}

async function greeter(t: TestContext): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write('welcome');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function startProxy(t: TestContext, planted: Place, listenerFilters: readonly JsonObject[] = []) {
  const left = { count: 1 };
  const metrics = new MetricsRegistry();
  const timers = new TimerWheel();
  const lookup = () => Promise.resolve({ addresses: [], ttlMs: undefined });
  const shared = { metrics, timers, random: Math.random };
  const clusters = new ClusterSet({ ...shared, lookup, log: silentLogger, onWarm: () => undefined });
  const logFiles = new LogFiles();
  const find = {
    get: (name: string) => {
      throwAt('cluster', planted, left);
      return clusters.get(name);
    },
  };
  const listeners = new ListenerSet({
    metrics,
    logFiles,
    drainMs: 20,
    originalDestination: () => {
      throwAt('accept', planted, left);
      return undefined;
    },
    handlerFor: ({ filter }) => {
      assert.ok(filter.kind === 'tcp-proxy');
      const handler = new TcpProxyHandler(filter.config, { ...shared, clusters: find, logFiles });
      return {
        close: () => handler.close(),
        take: (connection: Downstream) => {
          throwAt('take', planted, left);
          handler.take(connection);
          if (planted === 'drain') connection.onDraining = () => throwAt('drain', planted, left);
        },
      };
    },
    hasRoutes: () => true,
    log: silentLogger,
  });
  t.after(() => {
    listeners.close();
    clusters.close();
    timers.close();
  });
  const cluster = fromJson(ClusterSchema, staticCluster('a', [await greeter(t)]), { registry });
  clusters.set(decodeCluster(cluster).value!);
  const port = nextPort();
  const address = { socketAddress: { address: '127.0.0.1', portValue: port } };
  const typedConfig = { ...type('network.tcp_proxy.v3.TcpProxy'), statPrefix: 'tcp', cluster: 'a' };
  const filterChains = [{ filters: [{ name: 'envoy.filters.network.tcp_proxy', typedConfig }] }];
  const json = { name: 'tcp', address, listenerFilters: [...listenerFilters], filterChains };
  await listeners.set(decodeListener(fromJson(ListenerSchema, json, { registry })).value!);
  return { port, listeners };
}

let lastPort = 10_000 + ((process.pid * 97) % 10_000);

/** Below the range from which the system gives ports away: nobody gets it in the meantime. */
function nextPort(): number {
  lastPort += 1;
  return lastPort;
}

/** What it hears before the connection ends, or before it hears enough. */
async function dial(t: TestContext, port: number, text = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  if (text !== '') socket.write(text);
  return new Promise((resolve) => {
    socket.once('data', (chunk) => resolve(chunk.toString()));
    socket.once('close', () => resolve('closed'));
  });
}

const httpInspector = {
  name: 'envoy.filters.listener.http_inspector',
  typedConfig: type('listener.http_inspector.v3.HttpInspector'),
};
const originalDst = {
  name: 'envoy.filters.listener.original_dst',
  typedConfig: type('listener.original_dst.v3.OriginalDst'),
};

for (const [what, place, filters] of [
  ['accepted', 'accept', [originalDst]],
  ['handed over', 'take', []],
  ['inspected', 'take', [httpInspector]],
  ['given a cluster', 'cluster', []],
] as const) {
  test(`an exception while a connection is ${what} ends it alone`, { timeout: 10_000 }, async (t) => {
    const before = mishapCounters.envoy_bug_failures;
    const { port, listeners } = await startProxy(t, place, filters);
    assert.equal(await dial(t, port, 'hello there, no HTTP\r\n'), 'closed');
    assert.equal(await dial(t, port, 'hello there, no HTTP\r\n'), 'welcome');
    assert.equal(mishapCounters.envoy_bug_failures - before, 1);
    assert.equal(listeners.all[0]!.connections, 1);
  });
}

test('an exception while connections are retired leaves none of them', { timeout: 10_000 }, async (t) => {
  const before = mishapCounters.envoy_bug_failures;
  const { port, listeners } = await startProxy(t, 'drain');
  const closed: Promise<unknown>[] = [];
  for (let at = 0; at < 2; at++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'data');
    closed.push(once(socket, 'close'));
  }
  listeners.remove('tcp');
  await Promise.all(closed);
  assert.equal(mishapCounters.envoy_bug_failures - before, 1);
});

test('an exception in a relay ends both of its sides', { timeout: 10_000 }, async (t) => {
  const ended = Promise.withResolvers<void>();
  const port = await greeter(t);
  const [downstream, upstream] = [new RawSocket(), new RawSocket()];
  for (const { socket } of [downstream, upstream]) {
    t.after(() => socket.destroy());
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
  }
  const relay = new Relay({ downstream, upstream, onEnd: () => ended.resolve(), onPaused: () => undefined });
  relay.passed = () => {
    throw new Error('planted');
  };
  upstream.start();
  await ended.promise;
  assert.ok(downstream.closed && upstream.closed);
});
