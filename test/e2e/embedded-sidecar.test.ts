// The sidecar bundle with the proxy in its own process: follows its control plane, lives without it, drains.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { typeUrls } from '../../src/pilot/proxy-resources.ts';
import { answeringListener, encoded, nameTable, podAddress, SidecarWorld } from '../kit/sidecar-world.ts';

const names = nameTable({ 'reviews.shop.svc.cluster.local': ['10.96.0.1'] });
const url = `http://${podAddress}:8080/`;

describe('an embedded sidecar', { timeout: 60_000 }, () => {
  let world: SidecarWorld;

  afterEach(() => world.close());

  async function readyWorld(env: Record<string, string> = {}): Promise<void> {
    world = new SidecarWorld();
    world.set(typeUrls.listener, answeringListener(8080, 'first'));
    world.set(typeUrls.nameTable, names);
    await world.startControlPlane();
    start(env);
    await world.untilReady();
  }

  function start(env: Record<string, string> = {}): void {
    world.startSidecar({ HEDDLE_PROXY: 'embedded', HEDDLE_ENVOY: '', ...env });
  }

  test('follows changes, serves on without a control plane, and catches up', async () => {
    await readyWorld();
    assert.equal(await world.fetch('client', url), 'first 200');
    world.set(typeUrls.listener, answeringListener(8080, 'second'));
    await world.until('the change', async () => (await world.fetch('client', url)) === 'second 200');
    await world.stopControlPlane();
    assert.equal(await world.fetch('client', url), 'second 200');
    assert.match(await world.ready(), / 200$/);
    world.set(typeUrls.listener, answeringListener(8080, 'third'));
    await world.startControlPlane();
    await world.until('the change after it', async () => (await world.fetch('client', url)) === 'third 200');
    world.set(typeUrls.listener);
    await world.until('its removal', async () => (await world.fetch('client', url)) === 'curl 7');
  });

  test('serves what it had when it starts without a control plane', async () => {
    await readyWorld();
    await sleep(1000); // written behind the answer
    world.process!.kill('SIGKILL');
    await world.exit();
    await world.stopControlPlane();
    start();
    await world.until('the saved listener', async () => (await world.fetch('client', url)) === 'first 200', 5000);
    assert.match(await world.ready(), / 200$/);
    world.set(typeUrls.listener, answeringListener(8080, 'second'));
    await world.startControlPlane();
    await world.until('the newer one', async () => (await world.fetch('client', url)) === 'second 200', 5000);
  });

  test('refuses what it cannot read, says why, and keeps the one before', async () => {
    await readyWorld();
    world.set(typeUrls.listener, encoded('inbound-8080', Buffer.from([0x0a, 0xff, 0x01])));
    await world.until('the refusal', () => world.output.includes('resource refused'));
    assert.equal(await world.fetch('client', url), 'first 200');
    assert.match(
      await world.fetch('pod', 'http://127.0.0.1:15000/stats?filter=lds.update_rejected'),
      /update_rejected: 1/,
    );
    world.set(typeUrls.listener, answeringListener(8080, 'second'));
    await world.until('the next one', async () => (await world.fetch('client', url)) === 'second 200');
  });

  test('admin on loopback, metrics for all, access log on standard output', async () => {
    await readyWorld();
    await world.fetch('client', `${url}some-path`);
    await world.until('the line', () => world.output.includes('access /some-path\n'), 2000);
    for (const port of [15090, 15020]) {
      assert.match(await world.fetch('client', `http://${podAddress}:${port}/stats/prometheus`), /envoy_server_live/);
    }
    assert.equal(await world.fetch('client', `http://${podAddress}:15000/ready`), 'curl 7');
    assert.match(await world.fetch('client', `http://${podAddress}:15090/config_dump`), / 404$/);
    assert.equal(await world.fetch('pod', 'http://127.0.0.1:15000/ready'), 'LIVE\n 200');
    assert.match(await world.fetch('pod', 'http://127.0.0.1:15000/quitquitquit'), / 405$/);
    const dump = await world.fetch('pod', 'http://127.0.0.1:15000/config_dump');
    const { configs } = JSON.parse(dump.slice(0, dump.lastIndexOf(' '))) as { configs: Record<string, unknown>[] };
    const listeners = configs.find((each) => String(each['@type']).endsWith('ListenersConfigDump'));
    assert.match(JSON.stringify(listeners), /"stat_prefix":"inbound"/);
  });

  test('SIGTERM with an open connection serves on, unready, and tells the client to go elsewhere', async () => {
    await readyWorld({ PROXY_CONFIG: '{"terminationDrainDuration":"2s"}' });
    const keepOpen = `
      const socket = require('node:net').connect(8080, '${podAddress}');
      const ask = () => socket.write('GET / HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n');
      socket.on('data', (chunk) => console.log(JSON.stringify(chunk.toString())));
      socket.on('close', () => process.exit(0));
      ask(); setTimeout(ask, 1000);`;
    const client = world.client.start([process.execPath, '-e', keepOpen]);
    let answers = '';
    client.stdout!.on('data', (chunk: Buffer) => (answers += chunk.toString()));
    await world.until('the first answer', () => answers.includes('first'));
    world.process!.kill('SIGTERM');
    await world.until('unready', async () => (await world.ready()).endsWith(' 503'), 2000);
    assert.equal(await world.exit(), 0);
    assert.match(answers.trim().split('\n')[1] ?? '', /200 OK.*connection: close/i);
  });

  test('SIGTERM with an idle connection waits for as long as was said, and ends it in order', async () => {
    await readyWorld({ PROXY_CONFIG: '{"terminationDrainDuration":"1s"}' });
    const stayIdle = `
      const socket = require('node:net').connect(8080, '${podAddress}');
      socket.write('GET / HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n');
      socket.on('data', () => console.log('answered'));
      socket.on('end', () => console.log('ended'));
      socket.on('error', (error) => console.log(error.code));`;
    const client = world.client.start([process.execPath, '-e', stayIdle]);
    let heard = '';
    client.stdout!.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await world.until('the answer', () => heard.includes('answered'));
    const startedAt = performance.now();
    world.process!.kill('SIGTERM');
    assert.equal(await world.exit(), 0);
    assert.ok(performance.now() - startedAt > 900);
    await world.until('the end of the connection', () => heard !== 'answered\n');
    assert.equal(heard, 'answered\nended\n');
  });

  test('an exception that belongs to no request is logged, ends the process, and the next one serves on', async () => {
    await readyWorld();
    const plant = join(world.folder, 'plant.cjs');
    writeFileSync(plant, `process.on('SIGUSR2', () => { throw new Error('planted by a signal'); });`);
    world.process!.kill('SIGTERM');
    await world.exit();
    start({ NODE_OPTIONS: `--require=${plant}` });
    await world.untilReady();
    world.process!.kill('SIGUSR2');
    assert.equal(await world.exit(), 1);
    assert.match(
      world.output,
      /error\tagent\tending: an exception that belongs to no request.*planted by a signal.*plant\.cjs/,
    );
    start();
    await world.untilReady();
    assert.equal(await world.fetch('client', url), 'first 200');
  });
});
