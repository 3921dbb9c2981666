// The cluster's names as Kubernetes defines them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { buildZone, lookUp, parseHosts } from './dns-zone.ts';

const service = (name: string, spec: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec,
});
const slice: KubernetesObject = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
  endpoints: [
    { addresses: ['10.244.0.1'], hostname: 'db-0', conditions: { ready: true } },
    { addresses: ['10.244.0.2'], hostname: 'db-1', conditions: { ready: false } },
  ],
  ports: [],
};
const zone = buildZone({
  domain: 'cluster.local',
  services: [
    service('web', { clusterIP: '10.96.0.20', ports: [{ name: 'http', port: 80 }] }),
    service('db', { clusterIP: 'None', ports: [{ port: 5432 }] }),
    service('away', { type: 'ExternalName', externalName: 'Example.COM.' }),
  ],
  slices: [slice],
  hosts: '10.9.8.7 outside.test other.test # both\nfe80::1 six.test\n',
});

const cases: readonly (readonly [string, string, object])[] = [
  ['web.shop.svc.cluster.local', 'A', { kind: 'addresses', addresses: ['10.96.0.20'] }],
  ['WEB.shop.svc.cluster.local.', 'A', { kind: 'addresses', addresses: ['10.96.0.20'] }],
  ['web.shop.svc.cluster.local', 'AAAA', { kind: 'empty' }],
  ['db.shop.svc.cluster.local', 'A', { kind: 'addresses', addresses: ['10.244.0.1'] }],
  ['db-1.db.shop.svc.cluster.local', 'A', { kind: 'addresses', addresses: ['10.244.0.2'] }],
  ['away.shop.svc.cluster.local', 'A', { kind: 'alias', target: 'example.com' }],
  ['_http._tcp.web.shop.svc.cluster.local', 'SRV', { kind: 'port', port: 80, target: 'web.shop.svc.cluster.local' }],
  ['10-1-2-3.shop.pod.cluster.local', 'A', { kind: 'addresses', addresses: ['10.1.2.3'] }],
  ['absent.shop.svc.cluster.local', 'A', { kind: 'unknown' }],
  ['outside.test', 'A', { kind: 'addresses', addresses: ['10.9.8.7'] }],
  ['example.org', 'A', { kind: 'elsewhere' }],
];

for (const [name, type, answer] of cases) {
  test(`${type} ${name}`, () => assert.deepEqual(lookUp(zone, name, type), answer));
}

test('a hosts text gives a name all its addresses', () => {
  assert.deepEqual(parseHosts('10.0.0.1 a b\n10.0.0.2\ta\n# 10.0.0.3 a\n'), {
    a: ['10.0.0.1', '10.0.0.2'],
    b: ['10.0.0.1'],
  });
});
