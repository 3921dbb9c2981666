// Listeners for what an application sends: who listens where, what a connection meets there, and who gives way to whom.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chains, http, listenersOf, named } from '../../../test/kit/describe-listeners.ts';
import { egress, endpoint, external, pod, port, service, sidecar, table } from '../../../test/kit/model-builder.ts';
import type { TcpRule, TlsRule } from '../../model/route-table.ts';

const outside = 'else any -> PassthroughCluster';

test('HTTP services share one listener a port, and other bytes pass through', () => {
  const listeners = listenersOf({
    services: [
      service('shop/reviews', '10.2.0.1', [port('http', 9080)]),
      service('shop/ratings', '10.2.0.2', [port('grpc', 9080)]),
    ],
  });
  const shared = named(listeners, '0.0.0.0_9080');
  assert.deepEqual(chains(shared), [`${http} -> rds 9080`, outside]);
  assert.deepEqual(
    shared.filters.map(({ kind }) => kind),
    ['tls-inspector', 'http-inspector'],
  );
  assert.equal(shared.bindToPort, false);
  assert.equal(shared.inspectionTimeoutMs, 0);
});

test('registry only: what no service claims goes nowhere', () => {
  const listeners = listenersOf({
    services: [service('shop/reviews', '10.2.0.1', [port('http', 9080)])],
    sidecarScopes: [sidecar('shop/default', { outboundPolicy: 'registry-only' })],
  });
  assert.deepEqual(chains(named(listeners, '0.0.0.0_9080')), [`${http} -> rds 9080`, 'else any -> BlackHoleCluster']);
  assert.deepEqual(chains(named(listeners, 'virtualOutbound')), [
    ':15001 -> BlackHoleCluster',
    'any -> BlackHoleCluster',
  ]);
});

test('a TCP service listens at its own address', () => {
  const listeners = listenersOf({ services: [service('shop/db', '10.2.0.3', [port('tcp', 9000)])] });
  const own = named(listeners, '10.2.0.3_9000');
  assert.deepEqual(chains(own), ['any -> outbound|9000||db.shop.svc.cluster.local']);
  assert.deepEqual(own.filters, []);
});

test('a headless TCP service listens at each pod but the proxy itself', () => {
  const model = {
    services: [service('shop/cart', '', [port('tcp', 9000), port('http', 9080)])],
    workloads: [
      pod('shop/cart-0', '10.1.0.5', { app: 'cart' }),
      pod('shop/cart-1', '10.1.0.6', { app: 'cart' }),
      pod('shop/cart-2', '10.1.0.7', { app: 'cart' }, { ready: false }),
    ],
  };
  const namesFor = (key: string): string[] =>
    listenersOf(model, key).flatMap(({ name }) => (name.endsWith('_9000') ? [name] : []));
  assert.deepEqual(namesFor('shop/frontend'), ['10.1.0.5_9000', '10.1.0.6_9000']);
  assert.deepEqual(namesFor('shop/cart-0'), ['10.1.0.6_9000']);
  assert.deepEqual(chains(named(listenersOf(model), '0.0.0.0_9080')), [`${http} -> rds 9080`, outside]);
});

test('a port without a protocol has its own routes, and takes other bytes too', () => {
  const listeners = listenersOf({ services: [service('shop/any', '10.2.0.4', [port('auto', 7070)])] });
  assert.deepEqual(chains(named(listeners, '10.2.0.4_7070')), [
    `${http} -> rds any.shop.svc.cluster.local:7070`,
    'else any -> outbound|7070||any.shop.svc.cluster.local',
  ]);
});

test('HTTP and TCP without addresses share a port in either order', () => {
  const web = external('web.example', [port('http', 80)]);
  const db = external('db.example', [port('tcp', 80)]);
  const expected = [`${http} -> rds 80`, 'else any -> outbound|80||db.example'];
  assert.deepEqual(chains(named(listenersOf({ services: [web, db] }), '0.0.0.0_80')), expected);
  assert.deepEqual(chains(named(listenersOf({ services: [db, web] }), '0.0.0.0_80')), expected);
});

test('where the server speaks first, the first to claim a port keeps it', () => {
  const db = external('db.example', [port('mysql', 3306)]);
  const web = external('web.example', [port('http', 3306)]);
  const tcp = external('tcp.example', [port('tcp', 3306)]);
  assert.deepEqual(chains(named(listenersOf({ services: [db, web] }), '0.0.0.0_3306')), [
    'any -> outbound|3306||db.example',
  ]);
  assert.deepEqual(chains(named(listenersOf({ services: [tcp, db] }), '0.0.0.0_3306')), [
    'any -> outbound|3306||tcp.example',
  ]);
});

test('two TCP services without addresses: the first has the port', () => {
  const services = [external('a.example', [port('tcp', 9000)]), external('b.example', [port('tcp', 9000)])];
  assert.deepEqual(chains(named(listenersOf({ services }), '0.0.0.0_9000')), ['any -> outbound|9000||a.example']);
});

test('a range is matched on the shared port; a range of one address is an address', () => {
  const services = [
    external('net.example', [port('tcp', 9000)], { addresses: ['240.9.8.0/24'] }),
    external('one.example', [port('tcp', 9000)], { addresses: ['240.9.9.9/32', '240.9.9.10'] }),
  ];
  const listeners = listenersOf({ services });
  assert.deepEqual(chains(named(listeners, '0.0.0.0_9000')), ['240.9.8.0/24 -> outbound|9000||net.example', outside]);
  assert.deepEqual(chains(named(listeners, '240.9.9.9_9000')), ['any -> outbound|9000||one.example']);
  assert.deepEqual(chains(named(listeners, '240.9.9.10_9000')), ['any -> outbound|9000||one.example']);
});

test('TLS without an address is told apart by server name, at an address it is not', () => {
  const services = [
    external('a.example', [port('tls', 443)]),
    external('*.b.example', [port('https', 443)], { resolution: 'passthrough' }),
    service('shop/secure', '10.2.0.9', [port('tls', 443)]),
  ];
  const listeners = listenersOf({ services });
  const shared = named(listeners, '0.0.0.0_443');
  assert.deepEqual(chains(shared), [
    'a.example -> outbound|443||a.example',
    '*.b.example -> outbound|443||*.b.example',
    outside,
  ]);
  assert.deepEqual(
    shared.filters.map(({ kind }) => kind),
    ['tls-inspector'],
  );
  assert.deepEqual(chains(named(listeners, '10.2.0.9_443')), ['any -> outbound|443||secure.shop.svc.cluster.local']);
});

const anywhere = { destinationSubnets: [], port: undefined, sourceLabels: {}, sourceNamespace: '', gateways: [] };
const origin = { resource: { kind: 'VirtualService', namespace: 'shop', name: 'x' }, path: '' };

function to(host: string, parts: { subset?: string; port?: number; weight?: number } = {}) {
  const { subset = '', port: number, weight = 0 } = parts;
  return { destination: { host, subset, port: number }, weight, headers: undefined };
}

test('TCP rules split by weight, match by port and subnet, and fall back to the service', () => {
  const db = 'db.shop.svc.cluster.local';
  const services = [service('shop/db', '10.2.0.3', [port('tcp', 9000), port('tcp', 9001), port('tcp', 9002)])];
  const rules: TcpRule[] = [
    { provenance: origin, matches: [{ ...anywhere, port: 9001 }], destinations: [to(db, { subset: 'v1' })] },
    {
      provenance: origin,
      matches: [{ ...anywhere, port: 9000, destinationSubnets: ['10.3.0.0/16'] }],
      destinations: [to(db, { subset: 'v1', weight: 20 }), to(db, { subset: 'v2', weight: 80 }), to(db, { weight: 0 })],
    },
    { provenance: origin, matches: [{ ...anywhere, sourceLabels: { app: 'other' } }], destinations: [to('x')] },
  ];
  const listeners = listenersOf({ services, routeTables: [table('shop/x', [db], { tcp: rules })] });
  assert.deepEqual(chains(named(listeners, '10.2.0.3_9001')), [`any -> outbound|9001|v1|${db}`]);
  assert.deepEqual(chains(named(listeners, '10.2.0.3_9000')), [
    `10.3.0.0/16 -> 20*outbound|9000|v1|${db} 80*outbound|9000|v2|${db}`,
    `else any -> outbound|9000||${db}`,
  ]);
  assert.deepEqual(chains(named(listeners, '10.2.0.3_9002')), [`any -> outbound|9002||${db}`]);
});

test('TLS rules route by server name', () => {
  const services = [external('a.example', [port('tls', 443)]), external('b.example', [port('tls', 8443)])];
  const rule: TlsRule = {
    provenance: origin,
    matches: [{ ...anywhere, port: 443, sniHosts: ['a.example'] }],
    destinations: [to('b.example')],
  };
  const listeners = listenersOf({ services, routeTables: [table('shop/x', ['a.example'], { tls: [rule] })] });
  assert.deepEqual(chains(named(listeners, '0.0.0.0_443')), ['a.example -> outbound|8443||b.example', outside]);
});

test('what two rules claim belongs to the first, so that Envoy takes the listener', () => {
  const db = 'db.shop.svc.cluster.local';
  const subnets = (...destinationSubnets: string[]) => ({ ...anywhere, destinationSubnets });
  const names = (...sniHosts: string[]) => ({ ...anywhere, sniHosts });
  const rules = {
    tcp: [
      { provenance: origin, matches: [subnets('10.0.0.0/8', '10.9.9.9/8')], destinations: [to('a')] },
      { provenance: origin, matches: [subnets('10.1.1.1/8', '11.0.0.0/8')], destinations: [to('b')] },
    ],
    tls: [
      { provenance: origin, matches: [names('a.example', 'b.example')], destinations: [to('a')] },
      { provenance: origin, matches: [names('b.example', 'c.example'), names('b.example')], destinations: [to('b')] },
    ],
  };
  const listeners = listenersOf({
    services: [service('shop/db', '10.2.0.3', [port('tcp', 9000), port('tls', 443)])],
    routeTables: [table('shop/x', [db], rules)],
  });
  assert.deepEqual(chains(named(listeners, '10.2.0.3_9000')), [
    '10.0.0.0/8 -> outbound|9000||a',
    '11.0.0.0/8 -> outbound|9000||b',
    `else any -> outbound|9000||${db}`,
  ]);
  assert.deepEqual(chains(named(listeners, '10.2.0.3_443')), [
    'a.example,b.example -> outbound|443||a',
    'c.example -> outbound|443||b',
    outside,
  ]);
});

test('a port of a Sidecar is for the services that it names there', () => {
  const services = [
    service('shop/reviews', '10.2.0.1', [port('http', 9080)]),
    service('shop/db', '10.2.0.3', [port('tcp', 9080), port('tcp', 9000)]),
  ];
  const scope = sidecar('shop/default', {
    egress: [
      egress({
        port: { number: 9080, name: 'http', protocol: 'http' },
        captureMode: 'none',
        hosts: [{ namespace: 'shop', host: 'reviews.shop.svc.cluster.local' }],
      }),
      egress(),
    ],
  });
  const listeners = listenersOf({ services, sidecarScopes: [scope] });
  const own = named(listeners, '127.0.0.1_9080');
  assert.equal(own.bindToPort, true);
  assert.deepEqual(chains(own), ['any -> rds 9080']);
  assert.deepEqual(
    listeners.map(({ name }) => name),
    ['127.0.0.1_9080', '0.0.0.0_9080', '10.2.0.3_9080', '10.2.0.3_9000', 'virtualOutbound', 'virtualInbound'],
  );
});

test("a Sidecar's TCP port is one at the service's own address", () => {
  const port9000 = { number: 9000, name: 'tcp', protocol: 'tcp' } as const;
  const services = [service('shop/db', '10.2.0.3', [port('tcp', 9000)]), external('x.example', [port('tcp', 9000)])];
  const sidecarScopes = [sidecar('shop/default', { egress: [egress({ port: port9000 })] })];
  assert.deepEqual(
    listenersOf({ services, sidecarScopes }).map(({ name }) => name),
    ['10.2.0.3_9000', '0.0.0.0_9000', 'virtualOutbound', 'virtualInbound'],
  );
});

test('an alias and UDP have no listener; neither has a port of the sidecar itself', () => {
  const listeners = listenersOf({
    services: [
      service('shop/alias', '', [port('tcp', 9000)], { externalName: 'db.example' }),
      service('shop/names', '10.2.0.1', [port('udp', 53)]),
      service('shop/odd', '10.2.0.2', [port('http', 15001)]),
    ],
  });
  assert.deepEqual(
    listeners.map(({ name }) => name),
    ['virtualOutbound', 'virtualInbound'],
  );
});

test('without interception every outbound listener is a real one', () => {
  const services = [service('shop/reviews', '10.2.0.1', [port('http', 9080)])];
  const listeners = listenersOf({ services }, 'shop/frontend', { INTERCEPTION_MODE: 'NONE' });
  assert.deepEqual(
    listeners.map(({ name, bindToPort }) => [name, bindToPort]),
    [['127.0.0.1_9080', true]],
  );
});

test('a ServiceEntry for any address keeps its TCP port; one with endpoints listens at them', () => {
  const any = external('any.example', [port('tcp', 7000)], { resolution: 'passthrough' });
  const listed = external('listed.example', [port('tcp', 7001)], { resolution: 'passthrough' });
  const listeners = listenersOf({
    services: [any, listed],
    endpoints: {
      'shop/listed.example': [endpoint('240.1.1.1', 'tcp-7001', 7001), endpoint('name.example', 'tcp-7001', 1)],
    },
  });
  assert.deepEqual(
    listeners.map(({ name }) => name),
    ['0.0.0.0_7000', '240.1.1.1_7001', 'virtualOutbound', 'virtualInbound'],
  );
});
