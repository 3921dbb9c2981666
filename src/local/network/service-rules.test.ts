// Services and their ready endpoints as NAT rules.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printServiceRules, serviceRoutes } from './service-rules.ts';

const service = (name: string, spec: object): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec,
});

const slice = (of: string, addresses: readonly (readonly [string, boolean])[]): object => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${of}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': of } },
  endpoints: addresses.map(([address, ready]) => ({ addresses: [address], conditions: { ready } })),
  ports: [
    { name: 'http', port: 8080, protocol: 'TCP' },
    { name: 'dns', port: 5353, protocol: 'UDP' },
  ],
});

const web = service('web', {
  clusterIP: '10.96.0.20',
  ports: [
    { name: 'http', port: 80 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ],
});
const objects = (...list: object[]): Parameters<typeof serviceRoutes>[0] => list as Parameters<typeof serviceRoutes>[0];

test('each ready endpoint gets an equal share of new connections', () => {
  const ready = slice('web', [
    ['10.244.0.1', true],
    ['10.244.0.2', false],
    ['10.244.0.3', true],
    ['10.244.0.4', true],
  ]);
  const rules = printServiceRules(serviceRoutes(objects(web), objects(ready))).split('\n');
  const http = rules.filter((rule) => rule.includes('--dport 80 '));
  assert.deepEqual(
    http.map((rule) => [/probability (\S+)/.exec(rule)?.[1], /destination (\S+)/.exec(rule)?.[1]]),
    [
      ['0.33333333333', '10.244.0.1:8080'],
      ['0.50000000000', '10.244.0.3:8080'],
      [undefined, '10.244.0.4:8080'],
    ],
  );
  assert.equal(rules.filter((rule) => rule.includes('-p udp -m udp --dport 53')).length, 3);
});

test('the table is whole: it begins and ends itself, so that loading it replaces everything', () => {
  const text = printServiceRules([]);
  assert.match(text, /^\*nat\n/);
  assert.match(text, /\nCOMMIT\n$/);
});

test('headless services and those without endpoints have no rules', () => {
  const headless = service('db', { clusterIP: 'None', ports: [{ port: 5432 }] });
  const text = printServiceRules(serviceRoutes(objects(web, headless), []));
  assert.doesNotMatch(text, /DNAT/);
});

test("a slice of another namespace's service of the same name does not count", () => {
  const foreign = {
    ...slice('web', [['10.244.9.9', true]]),
    metadata: { name: 'x', namespace: 'other', labels: { 'kubernetes.io/service-name': 'web' } },
  };
  assert.deepEqual(serviceRoutes(objects(web), objects(foreign))[0]?.targets, []);
});
