// Clusters as a proxy gets them: how a service is found, spoken to and balanced, and what a DestinationRule changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  endpoint,
  external,
  ingress,
  makeModel,
  pod,
  policy,
  port,
  service,
  sidecar,
  traffic,
  viewOf,
} from '../../../test/kit/model-builder.ts';
import type { ClientTls, LoadBalancer } from '../../model/traffic-policy.ts';
import { clusterSlices } from './cluster.ts';
import type { ClusterSlice } from './cluster/cluster-slice.ts';

const workloads = [
  pod('shop/frontend', '10.1.0.1', { app: 'frontend' }),
  pod('edge/gw', '10.1.0.9', { app: 'gw', istio: 'ingressgateway' }),
];

function clustersOf(parts: Parameters<typeof makeModel>[0], key = 'shop/frontend'): Map<string, ClusterSlice> {
  const slices = clusterSlices(viewOf(makeModel({ ...parts, workloads }), key));
  const byName = new Map(slices.map((slice) => [slice.name, slice]));
  assert.equal(byName.size, slices.length, 'names are unique');
  return byName;
}

function named(clusters: ReadonlyMap<string, ClusterSlice>, name: string): ClusterSlice {
  const found = clusters.get(name);
  assert.ok(found, `no ${name} among ${[...clusters.keys()].join(' ')}`);
  return found;
}

const reviews = service('shop/reviews', '10.2.0.1', [port('http', 9080)]);
const toReviews = 'outbound|9080||reviews.shop.svc.cluster.local';

test('how a service is found follows its resolution; a gateway picks among the pods of a headless one', () => {
  const parts = {
    services: [
      reviews,
      service('shop/cart', '', [port('http', 9080)]),
      external('dns.example', [port('http', 80)], { resolution: 'dns' }),
      external('one.example', [port('http', 80)], { resolution: 'dns-round-robin' }),
      external('*.any.example', [port('http', 80)], { resolution: 'passthrough' }),
      external('empty.example', [port('http', 80)], { resolution: 'dns' }),
      service('shop/alias', '', [port('http', 80)], { externalName: 'dns.example' }),
    ],
    endpoints: {
      'shop/dns.example': [endpoint('a.example', 'http-80', 80), endpoint('b.example', 'http-80', 80)],
      'shop/one.example': [endpoint('one.example', 'http-80', 8080)],
    },
  };
  const kinds = [...clustersOf(parts)].map(([name, { discovery }]) => [name, discovery.kind]);
  assert.deepEqual(kinds, [
    [toReviews, 'eds'],
    ['outbound|9080||cart.shop.svc.cluster.local', 'original-dst'],
    ['outbound|80||dns.example', 'strict-dns'],
    ['outbound|80||one.example', 'logical-dns'],
    ['outbound|80||*.any.example', 'original-dst'],
    ['BlackHoleCluster', 'nowhere'],
    ['PassthroughCluster', 'original-dst'],
    ['InboundPassthroughCluster', 'original-dst'],
  ]);
  const edge = clustersOf(parts, 'edge/gw');
  assert.equal(named(edge, 'outbound|9080||cart.shop.svc.cluster.local').discovery.kind, 'eds');
  assert.ok(!edge.has('PassthroughCluster'));
});

test('HTTP/2 by protocol; where it is found out, what the client speaks', () => {
  const services = [service('shop/x', '10.2.0.1', [port('grpc', 1), port('http', 2), port('auto', 3), port('udp', 4)])];
  const clusters = clustersOf({ services });
  const upstream = (number: number): string => named(clusters, `outbound|${number}||x.shop.svc.cluster.local`).upstream;
  assert.deepEqual([1, 2, 3].map(upstream), ['http2', 'http1', 'client']);
  assert.ok(!clusters.has('outbound|4||x.shop.svc.cluster.local'));
  assert.equal(clustersOf({ services }, 'edge/gw').get('outbound|3||x.shop.svc.cluster.local')?.upstream, 'http1');
});

const simple = (kind: 'round-robin' | 'random' | 'passthrough'): LoadBalancer => ({ kind });
const tls = (parts: Partial<ClientTls> = {}): ClientTls => ({
  mode: 'simple',
  sni: '',
  subjectAltNames: [],
  insecureSkipVerify: undefined,
  ...parts,
});

function subset(name: string, parts?: Parameters<typeof traffic>[0]) {
  const provenance = { resource: { kind: 'DestinationRule', namespace: 'shop', name: 'x' }, path: 'spec.subsets[0]' };
  return { provenance, name, labels: { version: name }, policy: parts && traffic(parts) };
}

test('a subset is a cluster of its own, with what it sets over what the rule sets', () => {
  const clusters = clustersOf({
    services: [reviews],
    destinationPolicies: [
      policy('shop/x', reviews.hostname, {
        policy: traffic({ loadBalancer: simple('random') }),
        subsets: [subset('v1'), subset('v2', { loadBalancer: simple('round-robin') })],
      }),
    ],
  });
  const balancers = [
    toReviews,
    'outbound|9080|v1|reviews.shop.svc.cluster.local',
    'outbound|9080|v2|reviews.shop.svc.cluster.local',
  ].map((name) => named(clusters, name).loadBalancer.kind);
  assert.deepEqual(balancers, ['random', 'random', 'round-robin']);
  assert.equal(named(clusters, 'outbound|9080|v1|reviews.shop.svc.cluster.local').metadata?.subset, 'v1');
  assert.equal(named(clusters, toReviews).metadata?.config?.name, 'x');
});

test('settings of a port stand alone', () => {
  const two = service('shop/two', '10.2.0.1', [port('http', 80), port('http', 81)]);
  const own = { port: 81, policy: { loadBalancer: undefined, tls: tls({ sni: 'a' }) } };
  const clusters = clustersOf({
    services: [two],
    destinationPolicies: [
      policy('shop/x', two.hostname, {
        policy: traffic({ loadBalancer: simple('random'), ports: [own] }),
        subsets: [subset('v1', { loadBalancer: simple('round-robin') })],
      }),
    ],
  });
  const of = (name: string) => {
    const { loadBalancer, tls: upstream } = named(clusters, `outbound|${name}|two.shop.svc.cluster.local`);
    return [loadBalancer.kind, upstream?.sni];
  };
  assert.deepEqual(of('80|'), ['random', undefined]);
  assert.deepEqual(of('81|'), ['least-request', 'a']);
  assert.deepEqual(of('81|v1'), ['round-robin', 'a']);
});

test('passthrough keeps the address that was dialled, whatever the service', () => {
  const rule = policy('shop/x', reviews.hostname, { policy: traffic({ loadBalancer: simple('passthrough') }) });
  const { discovery, loadBalancer } = named(
    clustersOf({ services: [reviews], destinationPolicies: [rule] }),
    toReviews,
  );
  assert.deepEqual([discovery.kind, loadBalancer.kind], ['original-dst', 'provided']);
});

test('a balancer does not move a headless service from the pod that was dialled', () => {
  const cart = service('shop/cart', '', [port('http', 9080)]);
  const rule = policy('shop/x', cart.hostname, { policy: traffic({ loadBalancer: simple('round-robin') }) });
  const clusters = clustersOf({ services: [cart], destinationPolicies: [rule] });
  assert.equal(named(clusters, 'outbound|9080||cart.shop.svc.cluster.local').loadBalancer.kind, 'provided');
});

test('TLS: names of a ServiceEntry where the rule has none; disabled and mutual within the mesh are plain', () => {
  const out = external('out.example', [port('http', 80)], { subjectAltNames: ['spiffe://out'] });
  const of = (settings: ClientTls) => {
    const rule = policy('shop/x', out.hostname, { policy: traffic({ tls: settings }) });
    return named(clustersOf({ services: [out], destinationPolicies: [rule] }), 'outbound|80||out.example').tls;
  };
  assert.deepEqual(of(tls()), { sni: '', subjectAltNames: ['spiffe://out'], verify: true });
  assert.deepEqual(of(tls({ sni: 'a', insecureSkipVerify: true, subjectAltNames: ['b'] })), {
    sni: 'a',
    subjectAltNames: [],
    verify: false,
  });
  assert.equal(of(tls({ mode: 'disable' })), undefined);
  assert.equal(of(tls({ mode: 'istio-mutual' })), undefined);
});

test("inbound: to the address that was dialled, from 127.0.0.6; a Sidecar's endpoint instead", () => {
  const services = [
    service('shop/frontend', '10.2.0.1', [port('http', 80, 8080)]),
    service('shop/again', '10.2.0.2', [port('http2', 81, 8080)], { selector: { app: 'frontend' } }),
  ];
  const own = named(clustersOf({ services }), 'inbound|8080||');
  assert.deepEqual(own.discovery, { kind: 'original-dst', keepForever: true, portOverride: undefined });
  assert.equal(own.bindAddress, '127.0.0.6');
  assert.equal(own.upstream, 'http1');
  assert.deepEqual(
    own.metadata?.services.map(({ name }) => name),
    ['frontend', 'again'],
  );
  const endpointOf = (defaultEndpoint: string) => {
    const scope = sidecar('shop/default', { ingress: [ingress('http', 9080, { defaultEndpoint })] });
    const { discovery, bindAddress } = named(clustersOf({ services, sidecarScopes: [scope] }), 'inbound|9080||');
    const [first] = discovery.kind === 'static' ? (discovery.endpoints.localities[0]?.endpoints ?? []) : [];
    return [first?.address, first?.port, bindAddress];
  };
  assert.deepEqual(endpointOf('127.0.0.1:8080'), ['127.0.0.1', 8080, '']);
  assert.deepEqual(endpointOf('0.0.0.0:8080'), ['10.1.0.1', 8080, '127.0.0.6']);
  assert.deepEqual(endpointOf('unix:///run/app.sock'), ['unix:///run/app.sock', 0, '127.0.0.6']);
  assert.deepEqual(endpointOf(''), [undefined, undefined, '127.0.0.6']);
});
