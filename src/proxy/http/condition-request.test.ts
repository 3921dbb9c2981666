// Who a request is from, and which of its headers are believed: at a gateway, and behind one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '@bufbuild/protobuf';
import { get, httpWorld, ok } from '../../../test/kit/http-proxy.ts';

async function seen(manager: JsonObject, headers: string): Promise<(name: string) => string | undefined> {
  const { client, backend, close } = await httpWorld(ok, { manager });
  client.send(get('/', headers));
  await client.answer();
  close();
  const lines = backend.heads[0]!.split('\r\n');
  return (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
}

const gateway: JsonObject = { useRemoteAddress: true };
const tens: JsonObject = { cidrRanges: [{ addressPrefix: '10.0.0.0', prefixLen: 8 }] };

test('a gateway believes nothing', async () => {
  const header = await seen(
    gateway,
    'x-forwarded-proto: https\r\nx-request-id: mine\r\nx-envoy-decorator-operation: op\r\nx-envoy-retry-on: 5xx\r\n' +
      'x-envoy-internal: true\r\nx-forwarded-client-cert: By=me\r\n',
  );
  assert.equal(header('x-forwarded-proto'), 'http');
  assert.match(header('x-request-id')!, /^[0-9a-f-]{36}$/);
  assert.equal(header('x-envoy-external-address'), '127.0.0.1');
  for (const name of ['x-envoy-decorator-operation', 'x-envoy-retry-on', 'x-envoy-internal', 'x-forwarded-client-cert'])
    assert.equal(header(name), undefined, name);
});

test('a gateway behind a trusted proxy believes that one', async () => {
  const header = await seen(
    { ...gateway, xffNumTrustedHops: 1 },
    'x-forwarded-for: 1.1.1.1, 2.2.2.2\r\nx-forwarded-proto: https\r\n',
  );
  assert.match(header('x-forwarded-for')!, /^1\.1\.1\.1, 2\.2\.2\.2,/);
  assert.equal(header('x-forwarded-proto'), 'https');
  assert.equal(header('x-envoy-external-address'), '2.2.2.2');
});

test('a sidecar leaves the forwarded headers alone', async () => {
  const header = await seen(
    {},
    'x-forwarded-for: 1.1.1.1\r\nx-forwarded-proto: https\r\nx-request-id: mine\r\nx-envoy-decorator-operation: op\r\n',
  );
  assert.equal(header('x-forwarded-for'), '1.1.1.1');
  assert.equal(header('x-forwarded-proto'), 'https');
  assert.equal(header('x-request-id'), 'mine');
  assert.equal(header('x-envoy-decorator-operation'), 'op');
});

test('an internal request is one from a single internal address', async () => {
  const one = await seen({ internalAddressConfig: tens }, 'x-forwarded-for: 10.1.2.3\r\nx-envoy-max-retries: 1\r\n');
  assert.equal(one('x-envoy-internal'), 'true');
  const two = await seen({ internalAddressConfig: tens }, 'x-forwarded-for: 10.1.2.3, 10.1.2.4\r\n');
  assert.equal(two('x-envoy-internal'), undefined);
  const none = await seen({ internalAddressConfig: tens }, '');
  assert.equal(none('x-envoy-internal'), undefined);
});

test('the id tells what was decided about tracing', async () => {
  const id = '12345678-1234-4234-8234-123456789012';
  const all = await seen({ tracing: { randomSampling: { value: 100 } } }, `x-request-id: ${id}\r\n`);
  assert.equal(all('x-request-id'), '12345678-1234-9234-8234-123456789012');
  const none = await seen({ tracing: { randomSampling: { value: 0 } } }, `x-request-id: ${id}\r\n`);
  assert.equal(none('x-request-id'), id);
});

test('decorators pass between sidecars, not to applications', async () => {
  const routes = [{ match: { prefix: '/' }, decorator: { operation: 'reviews' }, route: { cluster: 'a' } }];
  const virtualHosts = [{ name: 'v', domains: ['*'], routes }];
  const out = await httpWorld(ok, { direction: 'OUTBOUND', manager: { tracing: {} }, virtualHosts });
  out.client.send(get());
  await out.client.answer();
  assert.match(out.backend.heads[0]!, /\r\nx-envoy-decorator-operation: reviews/);
  out.close();
  const into = await httpWorld(ok, { direction: 'INBOUND', manager: { tracing: {} }, virtualHosts });
  into.client.send(get('/', 'x-envoy-decorator-operation: theirs\r\n'));
  assert.doesNotMatch((await into.client.answer()).head, /decorator/);
  assert.doesNotMatch(into.backend.heads[0]!, /decorator/);
  into.client.send(get());
  assert.match((await into.client.answer()).head, /\r\nx-envoy-decorator-operation: reviews/);
  into.close();
});
