// A real Envoy on our ADS server, in both protocol variants: it takes everything, and no request is lost while it changes.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { AdsClient, type Protocol, testNode } from '../kit/ads-client.ts';
import { AdsWorld } from '../kit/ads-world.ts';
import { EnvoyProcess } from '../kit/envoy-process.ts';
import { Cluster_DiscoveryType, ClusterSchema } from '../../src/proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ConfigSourceSchema } from '../../src/proto/gen/envoy/config/core/v3/config_source_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../src/proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../src/proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../src/proto/gen/envoy/config/route/v3/route_pb.ts';
import { RouterSchema } from '../../src/proto/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { HttpConnectionManagerSchema } from '../../src/proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { typeUrls } from '../../src/pilot/proxy-resources.ts';

const ads = create(ConfigSourceSchema, {
  resourceApiVersion: 2,
  configSourceSpecifier: { case: 'ads', value: {} },
  initialFetchTimeout: { seconds: 0n },
});

function cluster(name: string, timeoutSeconds: number): Uint8Array {
  const message = create(ClusterSchema, {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: ads, serviceName: name },
    connectTimeout: { seconds: BigInt(timeoutSeconds) },
  });
  return toBinary(ClusterSchema, message);
}

function socket(
  address: string,
  port: number,
): { case: 'socketAddress'; value: { address: string; portSpecifier: { case: 'portValue'; value: number } } } {
  return { case: 'socketAddress', value: { address, portSpecifier: { case: 'portValue', value: port } } };
}

function endpoints(name: string, port: number): Uint8Array {
  const address = { address: socket('127.0.0.1', port) };
  const host = { hostIdentifier: { case: 'endpoint' as const, value: { address } } };
  const message = create(ClusterLoadAssignmentSchema, { clusterName: name, endpoints: [{ lbEndpoints: [host] }] });
  return toBinary(ClusterLoadAssignmentSchema, message);
}

function listener(name: string, port: number, statPrefix: string): Uint8Array {
  const router = {
    name: 'envoy.filters.http.router',
    configType: { case: 'typedConfig' as const, value: anyPack(RouterSchema, create(RouterSchema)) },
  };
  const manager = create(HttpConnectionManagerSchema, {
    statPrefix,
    routeSpecifier: { case: 'rds', value: { routeConfigName: 'routes', configSource: ads } },
    httpFilters: [router],
  });
  const filter = {
    name: 'envoy.filters.network.http_connection_manager',
    configType: { case: 'typedConfig' as const, value: anyPack(HttpConnectionManagerSchema, manager) },
  };
  const message = create(ListenerSchema, {
    name,
    address: { address: socket('127.0.0.1', port) },
    filterChains: [{ filters: [filter] }],
  });
  return toBinary(ListenerSchema, message);
}

function routes(target: string): Uint8Array {
  const route = {
    match: { pathSpecifier: { case: 'prefix' as const, value: '/' } },
    action: { case: 'route' as const, value: { clusterSpecifier: { case: 'cluster' as const, value: target } } },
  };
  const message = create(RouteConfigurationSchema, {
    name: 'routes',
    virtualHosts: [{ name: 'all', domains: ['*'], routes: [route] }],
  });
  return toBinary(RouteConfigurationSchema, message);
}

async function backend(t: TestContext, answer: string): Promise<number> {
  const server: Server = createServer((_request, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Asks for a port by taking and leaving it: Envoy does not tell which one it got for 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Open loop: a request each 5 ms whatever the answers do. */
class Load {
  readonly failures: string[] = [];
  readonly answers: Set<string> = new Set();
  total = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #open: Set<Promise<void>> = new Set();

  constructor(t: TestContext, url: string) {
    t.after(() => this.stop());
    this.#timer = setInterval(() => {
      const request = this.#ask(url).finally(() => this.#open.delete(request));
      this.#open.add(request);
    }, 5);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  async #ask(url: string): Promise<void> {
    this.total += 1;
    try {
      const response = await fetch(url);
      const text = await response.text();
      if (response.ok) this.answers.add(text);
      else this.failures.push(`${response.status} ${text}`);
    } catch (error) {
      this.failures.push(String(error));
    }
  }
}

async function ask(url: string): Promise<string> {
  return (await fetch(url)).text();
}

interface Scene {
  readonly world: AdsWorld;
  readonly envoy: EnvoyProcess;
  readonly url: string;
  readonly port: number;
  readonly backends: Readonly<Record<'a' | 'b', number>>;
}

/** One listener, one route, one cluster `c0` whose endpoint answers `a`. */
async function scene(t: TestContext, protocol: Protocol, patienceMs = 5000): Promise<Scene> {
  const [a, b, port] = await Promise.all([backend(t, 'a'), backend(t, 'b'), freePort()]);
  const world = await new AdsWorld(t, { patienceMs }).start();
  world.set(typeUrls.cluster, 'c0', cluster('c0', 1)).set(typeUrls.endpoint, 'c0', endpoints('c0', a));
  world.set(typeUrls.listener, 'l', listener('l', port, 'in')).set(typeUrls.route, 'routes', routes('c0'));
  const envoy = new EnvoyProcess({ protocol, xdsSocket: world.socketPath, nodeId: testNode.id });
  t.after(() => envoy.close());
  await envoy.ready();
  const url = `http://127.0.0.1:${port}/`;
  await envoy.eventually('the listener answers', 5000, async () => (await ask(url)) === 'a');
  return { world, envoy, url, port, backends: { a, b } };
}

async function assertNothingRejected({ world, envoy }: Scene): Promise<void> {
  const rejected = [...(await envoy.stats('update_rejected'))].filter(([, count]) => count > 0);
  assert.deepEqual(rejected, []);
  assert.deepEqual(world.server.counters().rejects, {});
}

for (const protocol of ['sotw', 'delta'] as const) {
  test(`${protocol}: 100 moves to a new cluster under load: in force when idle, no request lost`, async (t) => {
    const all = await scene(t, protocol);
    const { world, url, backends } = all;
    const load = new Load(t, url);
    // A fast machine makes more moves, so that the load has its share of requests among them.
    for (let move = 1; move <= 100 || (load.total <= 60 && move <= 1000); move++) {
      const answer = move % 2 === 1 ? 'b' : 'a';
      const name = `c${move}`;
      world.set(typeUrls.cluster, name, cluster(name, 1));
      world.set(typeUrls.endpoint, name, endpoints(name, backends[answer]));
      world.set(typeUrls.route, 'routes', routes(name));
      world.remove(typeUrls.cluster, `c${move - 1}`).remove(typeUrls.endpoint, `c${move - 1}`);
      world.push();
      await world.server.idle(AbortSignal.timeout(3000));
      assert.equal(await ask(url), answer, `move ${move}`);
    }
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.ok(load.total > 60);
    assert.equal((await all.envoy.stats('cluster_manager.active_clusters')).get('cluster_manager.active_clusters'), 2);
    await assertNothingRejected(all);
  });

  test(`${protocol}: 100 moves that nobody waits for: the last one is in force at once, no request lost`, async (t) => {
    const all = await scene(t, protocol);
    const { world, url, backends } = all;
    const load = new Load(t, url);
    for (let move = 1; move <= 100; move++) {
      const name = `c${move}`;
      world.set(typeUrls.cluster, name, cluster(name, 1));
      world.set(typeUrls.endpoint, name, endpoints(name, move === 100 ? backends.b : backends.a));
      world.set(typeUrls.route, 'routes', routes(name));
      world.remove(typeUrls.cluster, `c${move - 1}`).remove(typeUrls.endpoint, `c${move - 1}`);
      world.push();
      await new Promise((resolve) => setTimeout(resolve, move % 7));
    }
    await world.server.idle(AbortSignal.timeout(10_000));
    assert.equal(await ask(url), 'b');
    await load.stop();
    assert.deepEqual(load.failures, []);
    await assertNothingRejected(all);
  });

  test(`${protocol}: a changed cluster gets its endpoints while it warms, and nothing waits`, async (t) => {
    const all = await scene(t, protocol);
    const { world, envoy, url } = all;
    const load = new Load(t, url);
    for (let change = 2; change <= 12; change++) {
      world.set(typeUrls.cluster, 'c0', cluster('c0', change)).push();
      await world.server.idle(AbortSignal.timeout(2000));
    }
    await load.stop();
    assert.deepEqual(load.failures, []);
    const warming = await envoy.stats('warming_clusters');
    assert.deepEqual([...warming.values()], [0]);
    await assertNothingRejected(all);
  });

  test(`${protocol}: listeners and endpoints change under load`, async (t) => {
    const all = await scene(t, protocol);
    const { world, url, port, backends } = all;
    const load = new Load(t, url);
    for (const answer of ['b', 'a', 'b'] as const) {
      world.set(typeUrls.endpoint, 'c0', endpoints('c0', backends[answer])).push();
      await world.server.idle(AbortSignal.timeout(2000));
      assert.equal(await ask(url), answer);
      world.set(typeUrls.listener, 'l', listener('l', port, `in-${answer}`)).push();
      await world.server.idle(AbortSignal.timeout(2000));
    }
    await load.stop();
    assert.deepEqual(load.failures, []);
    await assertNothingRejected(all);
  });

  test(`${protocol}: the server may restart under load, and what changed meanwhile comes through`, async (t) => {
    const all = await scene(t, protocol);
    const { world, envoy, url, backends } = all;
    const load = new Load(t, url);
    await world.stop();
    world.set(typeUrls.cluster, 'c1', cluster('c1', 1)).set(typeUrls.endpoint, 'c1', endpoints('c1', backends.b));
    world.set(typeUrls.route, 'routes', routes('c1')).remove(typeUrls.cluster, 'c0').remove(typeUrls.endpoint, 'c0');
    await world.restart();
    await envoy.eventually('the new route is in force', 5000, async () => (await ask(url)) === 'b');
    await world.server.idle(AbortSignal.timeout(3000));
    await load.stop();
    // State of the world cannot tell a new server what the proxy holds, so its old clusters go before its routes move.
    if (protocol === 'delta') assert.deepEqual(load.failures, []);
    await assertNothingRejected(all);
  });

  test(`${protocol}: a cluster that never warms delays routes by patience, not for ever`, async (t) => {
    const all = await scene(t, protocol, 300);
    const { world, envoy, url, backends } = all;
    world.set(typeUrls.cluster, 'orphan', cluster('orphan', 1));
    world.set(typeUrls.cluster, 'c1', cluster('c1', 1)).set(typeUrls.endpoint, 'c1', endpoints('c1', backends.b));
    world.set(typeUrls.route, 'routes', routes('c1')).push();
    await envoy.eventually('the new route is in force', 2000, async () => (await ask(url)) === 'b');
    world.set(typeUrls.endpoint, 'orphan', endpoints('orphan', backends.a)).push();
    await world.server.idle(AbortSignal.timeout(2000));
    await assertNothingRejected(all);
  });

  test(`${protocol}: Envoy's own NACK arrives with its text, and the rest stays in force`, async (t) => {
    const all = await scene(t, protocol);
    const { world, url } = all;
    // An EDS cluster that does not say where its endpoints come from.
    const bad = create(ClusterSchema, {
      name: 'bad',
      clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    });
    world.set(typeUrls.cluster, 'bad', toBinary(ClusterSchema, bad)).push();
    await world.server.idle(AbortSignal.timeout(2000));
    const types = world.server.proxies()[0]?.types ?? [];
    const nack = types.find((type) => type.type === 'cds')?.nack;
    assert.match(nack?.message ?? '', /bad/);
    assert.equal(await ask(url), 'a');
  });
}

test('a raw client and Envoy share one server', async (t) => {
  const all = await scene(t, 'delta');
  const client = new AdsClient({ protocol: 'sotw', address: all.world.address });
  t.after(() => client.close());
  client.subscribe(typeUrls.cluster);
  assert.equal((await client.next()).resources.length, 1);
  assert.equal(all.world.server.proxies().length, 2);
});
