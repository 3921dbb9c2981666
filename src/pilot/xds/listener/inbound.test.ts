// What reaches an application: a chain for each of its ports, and what its Sidecar says of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chains, http, listenersOf, named } from '../../../../test/kit/describe-listeners.ts';
import { ingress, port, service, sidecar } from '../../../../test/kit/model-builder.ts';

test('inbound: a chain for each port, the older service decides its protocol, and nobody loops', () => {
  const listeners = listenersOf({
    services: [
      service('shop/frontend', '10.2.0.1', [port('http', 80, 8080), port('auto', 7070)]),
      service('shop/again', '10.2.0.2', [port('tcp', 81, 8080), port('tcp', 9000)], { selector: { app: 'frontend' } }),
    ],
  });
  const inbound = named(listeners, 'virtualInbound');
  assert.equal(inbound.port, 15006);
  assert.deepEqual(chains(inbound), [
    ':15006 -> BlackHoleCluster',
    `${http} -> InboundPassthroughCluster`,
    'raw_buffer -> InboundPassthroughCluster',
    `:7070 ${http} -> inbound|7070||`,
    ':7070 raw_buffer -> inbound|7070||',
    ':8080 raw_buffer -> inbound|8080||',
    ':9000 raw_buffer -> inbound|9000||',
  ]);
  assert.deepEqual(inbound.filters, [
    { kind: 'original-dst', disabledOn: undefined },
    { kind: 'http-inspector', disabledOn: { ports: [8080, 9000, 15006], except: false } },
  ]);
});

test("inbound: a Sidecar's ingress stands instead of the services", () => {
  const listeners = listenersOf({
    services: [service('shop/frontend', '10.2.0.1', [port('http', 80, 8080)])],
    sidecarScopes: [
      sidecar('shop/default', { ingress: [ingress('tcp', 9000), ingress('http', 9090, { captureMode: 'none' })] }),
    ],
  });
  assert.deepEqual(chains(named(listeners, 'virtualInbound')).slice(3), [':9000 raw_buffer -> inbound|9000||']);
  const own = named(listeners, '10.1.0.1_9090');
  assert.deepEqual(chains(own), [':9090 raw_buffer -> inbound|9090||']);
  assert.deepEqual(own.filters, []);
});

test('inbound: UDP of the same number does not stand in the way', () => {
  const ports = [port('udp', 53), { ...port('tcp', 53), name: 'dns-tcp' }];
  const listeners = listenersOf({ services: [service('shop/frontend', '10.2.0.1', ports)] });
  assert.deepEqual(chains(named(listeners, 'virtualInbound')).slice(3), [':53 raw_buffer -> inbound|53||']);
});
