// Ports of a gateway proxy: whose servers it serves, on which port it listens, and who wins when two want the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelFromYaml, proxyNode } from '../../../test/kit/model-from-yaml.ts';
import { createViews } from '../proxy-view.ts';

const gateway = (name: string, servers: string, selector = '{istio: ingressgateway}'): string => `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: ${name}, namespace: edge}
spec: {selector: ${selector}, servers: [${servers}]}
`;
const http = '{port: {number: 80, name: http, protocol: HTTP}, hosts: ["a.test"]}';
const frontService = `
apiVersion: v1
kind: Service
metadata: {name: front, namespace: edge}
spec: {clusterIP: 10.96.0.9, selector: {istio: ingressgateway}, ports: [{name: http, port: 80, targetPort: 8080}]}
`;

function portsOf(manifest: string): string[] {
  const node = proxyNode({
    name: 'gw',
    namespace: 'edge',
    type: 'router',
    labels: { istio: 'ingressgateway', extra: 'yes' },
  });
  return createViews(modelFromYaml(manifest))(node)
    .gatewayPorts()
    .map(({ number, kind, servers }) => {
      const routes = servers.map(({ gateway: { name }, routeName }) => `${name}=${routeName}`);
      return `${number} ${kind} ${routes.join(' ')}`;
    });
}

test('servers of one plain port share its routes; the port is where the service in front sends it', () => {
  assert.deepEqual(portsOf(frontService + gateway('one', http) + gateway('two', http)), [
    '8080 http one=http.8080 two=http.8080',
  ]);
});

test('without a service in front the port is the server’s own', () => {
  assert.deepEqual(portsOf(gateway('one', http)), ['80 http one=http.80']);
});

test('only gateways whose selector the proxy fits are served; an empty selector fits every gateway', () => {
  const others = gateway('other', http, '{istio: egressgateway}') + gateway('all', http, '{}');
  assert.deepEqual(portsOf(others), ['80 http all=http.80']);
});

test('the first to open a port decides what it speaks', () => {
  const tcp = '{port: {number: 80, name: tcp, protocol: TCP}, hosts: ["*"]}';
  assert.deepEqual(portsOf(gateway('a', http) + gateway('b', tcp)), ['80 http a=http.80']);
  assert.deepEqual(portsOf(gateway('a', tcp) + gateway('b', http)), ['80 tcp a=']);
});

test('a TLS host belongs to the first server that names it; passed-through TLS has no routes', () => {
  const tls = (name: string, host: string): string =>
    `{port: {number: 443, name: ${name}, protocol: TLS}, hosts: ["${host}"], tls: {mode: PASSTHROUGH}}`;
  assert.deepEqual(
    portsOf(
      gateway('a', tls('first', 'a.test')) + gateway('b', `${tls('first', 'a.test')}, ${tls('second', 'b.test')}`),
    ),
    ['443 tls a= b='],
  );
});
