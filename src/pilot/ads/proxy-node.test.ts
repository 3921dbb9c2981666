// A node id and its metadata become a ProxyNode, or a sentence that says what is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeshError } from '../../lib/mesh-error.ts';
import { parseProxyNode, streamRole } from './proxy-node.ts';

const id = 'sidecar~10.1.0.7~reviews-v1-abc.shop~shop.svc.cluster.local';

test('a sidecar with nothing but its id', () => {
  assert.deepEqual(parseProxyNode(id, {}), {
    id,
    type: 'sidecar',
    addresses: ['10.1.0.7'],
    name: 'reviews-v1-abc',
    namespace: 'shop',
    labels: {},
    serviceAccount: '',
    dnsDomain: 'shop.svc.cluster.local',
    metadata: {},
  });
});

test('metadata wins over the id', () => {
  const node = parseProxyNode('router~10.1.0.7~gw.edge~edge.svc.cluster.local', {
    NAME: 'gateway-0',
    NAMESPACE: 'istio-system',
    SERVICE_ACCOUNT: 'gateway',
    INSTANCE_IPS: '10.1.0.7, fd00::7,nonsense',
    LABELS: { istio: 'ingressgateway', odd: 7 },
  });
  assert.equal(node.type, 'router');
  assert.equal(node.name, 'gateway-0');
  assert.equal(node.namespace, 'istio-system');
  assert.equal(node.serviceAccount, 'gateway');
  assert.deepEqual(node.addresses, ['10.1.0.7', 'fd00::7']);
  assert.deepEqual(node.labels, { istio: 'ingressgateway' });
});

test('an IPv6 address in the id', () => {
  assert.deepEqual(parseProxyNode('sidecar~fd00::7~a.b~b.svc.cluster.local', {}).addresses, ['fd00::7']);
});

test('the agent beside a proxy is told apart', () => {
  assert.equal(streamRole(parseProxyNode(id, {})), 'proxy');
  assert.equal(streamRole(parseProxyNode(id, { HEDDLE_ROLE: 'agent' })), 'agent');
});

const refused: readonly [string, RegExp][] = [
  ['', /must have four parts/],
  ['sidecar~10.1.0.7~a.b', /must have four parts/],
  ['ztunnel~10.1.0.7~a.b~b.svc.cluster.local', /type "ztunnel" is not one that Heddle serves/],
  ['sidecar~not-an-ip~a.b~b.svc.cluster.local', /has no IP address/],
  ['sidecar~10.1.0.7~a~svc.cluster.local', /has no namespace/],
];

for (const [bad, message] of refused) {
  test(`refused: "${bad}"`, () => {
    assert.throws(
      () => parseProxyNode(bad, {}),
      (error) => error instanceof MeshError && error.code === 'bad-node' && message.test(error.message),
    );
  });
}
