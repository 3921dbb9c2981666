// The sidecar bundle with a real Envoy: becomes ready, answers names, survives crashes, drains, and leaves nothing.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { typeUrls } from '../../src/pilot/proxy-resources.ts';
import { streamRole } from '../../src/pilot/ads/proxy-node.ts';
import { answeringListener, encoded, nameTable, podAddress, SidecarWorld } from '../kit/sidecar-world.ts';

const lookup = `
  const { Resolver } = require('node:dns').promises;
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers(['127.0.0.1:15053']);
  resolver.resolve4(process.argv[1]).then((a) => console.log(a.join()), (e) => console.log(e.code));`;

describe('a sidecar', { timeout: 60_000 }, () => {
  let world: SidecarWorld;

  afterEach(() => world.close());

  async function readyWorld(env: Record<string, string> = {}): Promise<void> {
    world = new SidecarWorld();
    world.set(typeUrls.listener, answeringListener(8080, 'first'));
    world.set(typeUrls.nameTable, nameTable({ 'reviews.shop.svc.cluster.local': ['10.96.0.1'] }));
    await world.startControlPlane();
    world.startSidecar(env);
    await world.untilReady();
  }

  async function resolveName(name: string): Promise<string> {
    return (await world.pod.ask([process.execPath, '-e', lookup, name])).trim();
  }

  test('is ready only with configuration and names, and says what it waits for', async () => {
    world = new SidecarWorld();
    world.startSidecar();
    await world.until('the reason', async () => (await world.ready()) === 'no names have been received\n 503');
    world.set(typeUrls.nameTable, nameTable({ 'reviews.shop.svc.cluster.local': ['10.96.0.1'] }));
    world.set(typeUrls.listener, answeringListener(8080, 'first'));
    await world.startControlPlane();
    await world.untilReady();
    assert.equal(await world.fetch('client', `http://${podAddress}:8080/`), 'first 200');
  });

  test('introduces its proxy and itself with Istio’s node id and metadata', async () => {
    await readyWorld({ PROXY_CONFIG: '{"concurrency":1}', ISTIO_META_MESH_ID: 'mesh' });
    const proxy = world.nodes.find((node) => streamRole(node) === 'proxy');
    const agent = world.nodes.find((node) => streamRole(node) === 'agent');
    assert.equal(proxy?.id, `sidecar~${podAddress}~reviews-v1-x.shop~shop.svc.cluster.local`);
    assert.equal(agent?.id, proxy?.id);
    assert.deepEqual(
      [proxy?.serviceAccount, proxy?.namespace, proxy?.metadata['CLUSTER_ID'], proxy?.metadata['MESH_ID']],
      ['reviews', 'shop', 'Kubernetes', 'mesh'],
    );
    assert.deepEqual(proxy?.metadata['PROXY_CONFIG'], { concurrency: 1 });
  });

  test('answers names, follows changes, and keeps them without a control plane', async () => {
    await readyWorld();
    assert.equal(await resolveName('reviews.shop'), '10.96.0.1');
    world.set(typeUrls.nameTable, nameTable({ 'ratings.shop.svc.cluster.local': ['10.96.0.2'] }));
    await world.until('the new name', async () => (await resolveName('ratings')) === '10.96.0.2');
    await world.stopControlPlane();
    assert.equal(await resolveName('ratings'), '10.96.0.2');
    assert.equal(await world.fetch('client', `http://${podAddress}:8080/`), 'first 200');
    assert.match(await world.ready(), / 200$/);
    world.set(typeUrls.nameTable, nameTable({ 'ratings.shop.svc.cluster.local': ['10.96.0.3'] }));
    world.set(typeUrls.listener, answeringListener(8080, 'second'));
    await world.startControlPlane();
    await world.until('names after the outage', async () => (await resolveName('ratings')) === '10.96.0.3', 5000);
    await world.until(
      'configuration after the outage',
      async () => (await world.fetch('client', `http://${podAddress}:8080/`)) === 'second 200',
      5000,
    );
  });

  test('knows its names at once when it comes back without a control plane', async () => {
    await readyWorld();
    await sleep(200); // the names are written behind the answer
    world.process!.kill('SIGTERM');
    await world.exit();
    await world.stopControlPlane();
    world.startSidecar();
    await world.until('the saved name', async () => (await resolveName('reviews.shop')) === '10.96.0.1', 5000);
    assert.match(await world.ready(), / 503$/, 'without configuration it is not ready');
  });

  test('refuses a name table that it cannot read, and keeps the one before', async () => {
    await readyWorld();
    world.set(typeUrls.nameTable, encoded('names', Buffer.from([0x0a, 0xff, 0x01])));
    await world.until('the refusal', () => world.output.includes('name table refused'));
    assert.equal(await resolveName('reviews'), '10.96.0.1');
    world.set(typeUrls.nameTable, nameTable({ 'reviews.shop.svc.cluster.local': ['10.96.0.9'] }));
    await world.until('the next table', async () => (await resolveName('reviews')) === '10.96.0.9');
  });

  test('metrics: Envoy’s own on 15090 and merged on 15020, the admin on loopback only', async () => {
    await readyWorld();
    for (const port of [15090, 15020]) {
      assert.match(await world.fetch('client', `http://${podAddress}:${port}/stats/prometheus`), /envoy_server_live/);
    }
    assert.equal(await world.fetch('client', `http://${podAddress}:15000/ready`), 'curl 7');
    assert.equal(await world.fetch('pod', 'http://127.0.0.1:15000/ready'), 'LIVE\n 200');
    assert.match(await world.fetch('client', `http://${podAddress}:15020/quitquitquit`, '-XPOST'), / 403$/);
  });

  test('an Envoy that is killed comes back, with growing pauses, and unready meanwhile', async () => {
    await readyWorld();
    for (let round = 1; round <= 2; round += 1) {
      const [pid] = world.envoys();
      process.kill(pid!, 'SIGKILL');
      await world.until('not ready', async () => (await world.ready()).endsWith(' 503'));
      await world.untilReady();
      assert.notEqual(world.envoys()[0], pid);
    }
    const waits = [...world.output.matchAll(/how=SIGKILL waitMs=(\d+) restarts=(\d+)/g)].map(([, wait]) =>
      Number(wait),
    );
    assert.equal(waits.length, 2);
    assert.ok(waits[0]! >= 50 && waits[0]! <= 100 && waits[1]! >= 100 && waits[1]! <= 200, waits.join());
    assert.equal(await world.fetch('client', `http://${podAddress}:8080/`), 'first 200');
  });

  test('after a kill -9 of the agent the next one ends the Envoy that was left', async () => {
    await readyWorld();
    const [orphan] = world.envoys();
    world.process!.kill('SIGKILL');
    await world.exit();
    assert.equal(await world.fetch('client', `http://${podAddress}:8080/`), 'first 200', 'traffic goes on');
    world.startSidecar();
    await world.until('another Envoy', () => world.envoys().length === 1 && !world.envoys().includes(orphan!));
    await world.untilReady();
  });

  test('SIGTERM without connections ends it soon, with nothing left', async () => {
    await readyWorld();
    const startedAt = performance.now();
    world.process!.kill('SIGTERM');
    assert.equal(await world.exit(), 0);
    // The drain time, without a configuration, is five seconds.
    assert.ok(performance.now() - startedAt < 4500);
    assert.deepEqual(world.envoys(), []);
  });

  test('ends when somebody in the pod asks for it', async () => {
    await readyWorld();
    assert.equal(await world.fetch('pod', 'http://127.0.0.1:15020/quitquitquit', '-XPOST'), 'OK\n 200');
    assert.equal(await world.exit(), 0);
  });

  test('SIGTERM with an open connection serves on, unready, until the drain time is over', async () => {
    await readyWorld({ PROXY_CONFIG: '{"terminationDrainDuration":"2s"}' });
    const keepOpen = `
      const socket = require('node:net').connect(8080, '${podAddress}');
      const ask = () => socket.write('GET / HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n');
      socket.on('data', (chunk) => console.log(JSON.stringify(chunk.toString())));
      socket.on('close', () => process.exit(0));
      ask(); setTimeout(ask, 1500);`;
    const client = world.client.start([process.execPath, '-e', keepOpen]);
    let answers = '';
    client.stdout!.on('data', (chunk: Buffer) => (answers += chunk.toString()));
    await world.until('the first answer', () => answers.includes('first'));
    const startedAt = performance.now();
    world.process!.kill('SIGTERM');
    await world.until('unready', async () => (await world.ready()).endsWith(' 503'), 2000);
    assert.equal(await world.exit(), 0);
    const tookMs = performance.now() - startedAt;
    const [, second = ''] = answers.trim().split('\n');
    assert.match(second, /200 OK.*connection: close/i, 'the client is told to go elsewhere');
    assert.ok(tookMs > 1000 && tookMs < 4500, `${tookMs}`);
  });

  test('the access log to /dev/stdout joins our output, even where Envoy could not open that by its path', async () => {
    // Standard output is a socket here, which has no path to open.
    await readyWorld();
    await world.fetch('client', `http://${podAddress}:8080/some-path`);
    await world.until('the line', () => world.output.includes('access /some-path\n'), 2000);
    assert.match(world.output, /\tenvoy main /, 'and so does Envoy’s own log');
  });

  test('asks the application what the kubelet wants to know', async () => {
    const probe = { httpGet: { path: '/fine', port: 7000 }, timeoutSeconds: 1 };
    await readyWorld({ ISTIO_KUBE_APP_PROBERS: JSON.stringify({ '/app-health/app/readyz': probe }) });
    const url = `http://${podAddress}:15020/app-health/app/readyz`;
    assert.match(await world.fetch('client', url), /ECONNREFUSED.* 500$/s);
    const app = `require('node:http').createServer((q, r) => r.end(q.url + ' ' + q.headers['user-agent'])).listen(7000)`;
    world.pod.start([process.execPath, '-e', app]);
    await world.until(
      'the application',
      async () => (await world.fetch('client', url, '-A', 'kube')) === '/fine kube 200',
    );
    assert.match(await world.fetch('client', `http://${podAddress}:15021/app-health/app/readyz`), / 404$/);
  });

  test('a gateway has no DNS proxy, listens on low ports, and drains all of its listeners', async () => {
    world = new SidecarWorld();
    world.pod.run(['sysctl', '-q', '-w', 'net.ipv4.ip_unprivileged_port_start=0']);
    world.set(typeUrls.listener, answeringListener(80, 'gateway', 'UNSPECIFIED'));
    await world.startControlPlane();
    world.startSidecar({ ISTIO_META_DNS_CAPTURE: '' }, 'router');
    await world.untilReady();
    assert.equal(await world.fetch('client', `http://${podAddress}/`), 'gateway 200');
    assert.equal(world.nodes[0]?.type, 'router');
    assert.doesNotMatch(await world.pod.ask(['ss', '-Hlun']), /:15053/);
    world.process!.kill('SIGTERM');
    await world.until('draining', async () => (await world.ready()) === 'draining\n 503', 2000);
    assert.match(await world.fetch('client', `http://${podAddress}/`, '-i'), /connection: close.*gateway 200$/is);
    assert.equal(await world.exit(), 0);
  });

  test('what is missing is said in one line', async () => {
    world = new SidecarWorld();
    world.startSidecar({ INSTANCE_IP: '' });
    assert.equal(await world.exit(), 1);
    assert.equal(world.output, 'sidecar: the environment variable INSTANCE_IP is missing\n');
  });
});
