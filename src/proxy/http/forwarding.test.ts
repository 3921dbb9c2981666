// Requests through the proxy to a backend and back, on real sockets: what arrives, and what returns.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  HttpProxy,
  ok,
  type ProxySettings,
  RawBackend,
  RawClient,
  staticCluster,
} from '../../../test/kit/http-proxy.ts';

const cleanUps: (() => void)[] = [];
after(() => {
  for (const cleanUp of cleanUps) cleanUp();
});

async function world(serve: Parameters<typeof RawBackend.start>[0], settings: Partial<ProxySettings> = {}) {
  const backend = await RawBackend.start(serve);
  const proxy = await HttpProxy.start({
    virtualHosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }] }],
    clusters: [staticCluster('a', [backend.port])],
    ...settings,
  });
  const client = await RawClient.open(proxy.port);
  cleanUps.push(() => {
    client.close();
    proxy.close();
    backend.close();
  });
  return { backend, proxy, client };
}

test('a request goes out and its answer comes back', async () => {
  const { backend, proxy, client } = await world(ok);
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
});
