// The whole proxy beside a control plane that does not wait, and behind which nothing may be lost.
import assert from 'node:assert/strict';
import { createRegistry, fromJson, toBinary } from '@bufbuild/protobuf';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeAds } from '../../test/kit/fake-ads.ts';
import { listenerJson } from '../../test/kit/http-proxy.ts';
import { anySchemas } from '../decide/config/decode/any-types.ts';
import { ListenerSchema } from '../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { EmbeddedProxy } from './embedded-proxy.ts';
import { typeUrls } from './xds-client/resource-types.ts';

const registry = createRegistry(...anySchemas);
const port = 31_000 + (process.pid % 1000);

function listener(statPrefix: string, portValue = port): Uint8Array {
  const settings = { virtualHosts: [], clusters: [], manager: { statPrefix } };
  const json = listenerJson(settings, { socketAddress: { address: '127.0.0.1', portValue } });
  return toBinary(ListenerSchema, fromJson(ListenerSchema, json, { registry }));
}

async function world(t: TestContext, onRequest: ConstructorParameters<typeof FakeAds>[0]) {
  const ads = new FakeAds(onRequest);
  await ads.start();
  t.after(() => ads.close());
  const proxy = new EmbeddedProxy({
    node: { id: 'sidecar~127.0.0.1~a.b~b.svc.cluster.local', cluster: 'a', metadata: {} },
    xdsAddress: ads.address,
    dataFolder: ads.folder,
    drainScope: 'all',
    drainMs: 100,
    ports: { admin: 0, metrics: 0 },
    logLevel: 'off',
    quit: () => undefined,
  });
  t.after(() => proxy.stop());
  await proxy.start();
  return { ads, proxy };
}

function isOpen(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, String(holds));
    await sleep(10);
  }
}

test('listeners that change before they are bound', async (t) => {
  const { ads } = await world(t, ({ typeUrl, responseNonce, errorDetail }, control) => {
    if (typeUrl === typeUrls.cluster && responseNonce === '') control.send('cluster', {});
    if (typeUrl !== typeUrls.listener || responseNonce !== '' || errorDetail) return;
    for (let turn = 0; turn < 20; turn++) {
      control.send('listener', { test: listener(`turn${turn}`) });
      if (turn % 3 === 0) control.send('listener', {}, ['test']);
    }
  });
  await until(() => ads.requests.filter(({ typeUrl }) => typeUrl === typeUrls.listener).length > 27);
  assert.deepEqual(ads.refusals, []);
  assert.ok(await isOpen());
});

test('half a configuration is not saved', async (t) => {
  let hasListeners = false;
  const { ads } = await world(t, ({ typeUrl, responseNonce }, control) => {
    if (responseNonce !== '') return;
    if (typeUrl === typeUrls.cluster) control.send('cluster', {});
    if (typeUrl === typeUrls.listener && hasListeners) control.send('listener', { test: listener('a') });
  });
  await until(() => ads.requests.length >= 2);
  await sleep(700);
  assert.ok(!existsSync(`${ads.folder}/config.pb`));
  hasListeners = true;
  ads.send('listener', { test: listener('a') });
  await until(() => existsSync(`${ads.folder}/config.pb`));
});
