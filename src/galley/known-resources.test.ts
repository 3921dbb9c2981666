// References are looked up as a proxy would see them: by host name, wildcards and visibility included.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssue } from '../lib/issue.ts';
import { ConfigSet } from './config-set.ts';
import { knownResources } from './known-resources.ts';
import { parseDocuments } from './yaml-documents.ts';

const text = `
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop, annotations: {networking.istio.io/exportTo: "."}}
spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: wild, namespace: shop}
spec: {hosts: ["*.example.com"], ports: [{number: 443, name: tls, protocol: TLS}], resolution: NONE}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: shop}
spec: {host: a, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: shop}
spec:
  hosts: [a]
  http:
  - match: [{uri: {prefix: /v}}]
    route: [{destination: {host: a, subset: v1}, weight: 50}, {destination: {host: a, subset: v2}, weight: 50}]
  - route: [{destination: {host: b}}]
---
apiVersion: v1
kind: Pod
metadata: {name: a-1, namespace: shop, labels: {app: a, version: v1}}
`;

test('hosts, subsets, tables and workloads are known', (t) => {
  const set = new ConfigSet();
  t.after(() => set.close());
  for (const document of parseDocuments(text, 'x.yaml').documents) set.apply(document);
  const known = knownResources(set.flush());
  assert.equal(known.hasHost('a.shop.svc.cluster.local', 'shop'), true);
  assert.equal(known.hasHost('a.shop.svc.cluster.local', 'other'), false);
  assert.equal(known.hasHost('deep.api.example.com', 'other'), true);
  assert.equal(known.hasHost('*.example.com', 'other'), true);
  assert.equal(known.hasHost('example.com', 'other'), false);
  assert.deepEqual([...known.portsOf('api.example.com')], [443]);
  assert.deepEqual([...known.subsetsOf('a.shop.svc.cluster.local')], ['v1']);
  assert.equal(known.hasRouteTable('shop', 'a'), true);
  assert.equal(known.hasGateway('shop', 'a'), false);
  assert.equal(known.hasWorkload('*', { app: 'a' }), true);
  assert.equal(known.hasWorkload('shop', { app: 'a', version: 'v2' }), false);
});

test('what leads nowhere is a warning at its place, and goes when it leads somewhere', (t) => {
  const set = new ConfigSet();
  t.after(() => set.close());
  for (const document of parseDocuments(text, 'x.yaml').documents) set.apply(document);
  const found = set.issues().map(formatIssue);
  assert.equal(found.length, 2, found.join('\n'));
  assert.match(found[0]!, /^x\.yaml:24:\d+: warning: spec\.http\[0\]\.route\[1\]\.destination\.subset: /);
  assert.match(found[1]!, /^x\.yaml:25:\d+: warning: spec\.http\[1\]\.route\[0\]\.destination\.host: /);
  const b = 'apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: shop}\nspec: {ports: [{port: 80}]}\n';
  set.apply(parseDocuments(b, 'b.yaml').documents[0]!);
  assert.equal(set.issues().length, 1);
});
