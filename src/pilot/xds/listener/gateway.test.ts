// Which ports a gateway opens, and where their connections go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chains, listenersOf, named } from '../../../../test/kit/describe-listeners.ts';
import { gateway, pod, port, server, service, table } from '../../../../test/kit/model-builder.ts';
import type { TcpRule, TlsRule } from '../../../model/route-table.ts';

const anywhere = { destinationSubnets: [], port: undefined, sourceLabels: {}, sourceNamespace: '', gateways: [] };
const origin = { resource: { kind: 'VirtualService', namespace: 'shop', name: 'x' }, path: '' };

function to(host: string, parts: { subset?: string; port?: number; weight?: number } = {}) {
  const { subset = '', port: number, weight = 0 } = parts;
  return { destination: { host, subset, port: number }, weight, headers: undefined };
}

const edge = pod('edge/gw', '10.1.0.9', { app: 'gw', istio: 'ingressgateway' });

test("a gateway listens on its pod's port, with the routes of that port", () => {
  const listeners = listenersOf(
    {
      workloads: [edge],
      services: [service('edge/gw', '10.2.0.1', [port('http2', 80, 8080)])],
      gateways: [gateway('shop/gw', [server('http', 80), server('https', 443, { tls: simple })])],
    },
    'edge/gw',
  );
  assert.deepEqual(
    listeners.map(({ name }) => name),
    ['0.0.0.0_8080'],
  );
  const [only] = listeners;
  assert.deepEqual(only && chains(only), ['any -> rds http.8080']);
  assert.equal(only?.chains[0]?.filter.kind === 'http' && only.chains[0].filter.side, 'gateway');
});

const simple = { httpsRedirect: false, mode: 'simple', credentialName: 'c' } as const;

test('a gateway passes TCP by rule and TLS by server name, and opens nothing without a rule', () => {
  const orders = 'orders.shop.svc.cluster.local';
  const passthrough = { httpsRedirect: false, mode: 'passthrough', credentialName: '' } as const;
  const base = {
    workloads: [edge],
    services: [service('shop/orders', '10.2.0.1', [port('tcp', 9000), port('tls', 8443)])],
    gateways: [gateway('shop/gw', [server('tcp', 31400), server('tls', 443, { tls: passthrough })])],
  };
  assert.deepEqual(listenersOf(base, 'edge/gw'), []);
  const tcp: TcpRule = {
    provenance: origin,
    matches: [{ ...anywhere, port: 31400 }],
    destinations: [to(orders, { subset: 'v2', port: 9000 })],
  };
  const tls: TlsRule = {
    provenance: origin,
    matches: [{ ...anywhere, sniHosts: ['orders.example'] }],
    destinations: [to(orders, { port: 8443 })],
  };
  const routeTables = [table('shop/x', ['orders.example'], { gateways: ['shop/gw'], tcp: [tcp], tls: [tls] })];
  const listeners = listenersOf({ ...base, routeTables }, 'edge/gw');
  assert.deepEqual(chains(named(listeners, '0.0.0.0_31400')), [`any -> outbound|9000|v2|${orders}`]);
  assert.deepEqual(chains(named(listeners, '0.0.0.0_443')), [`orders.example -> outbound|8443||${orders}`]);
});
