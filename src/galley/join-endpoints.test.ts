// Endpoints beyond a service's own slices: what ServiceEntries list and select, and machines that join a service.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { formatIssue } from '../lib/issue.ts';
import type { MeshModel } from '../model/mesh-model.ts';
import { ConfigSet } from './config-set.ts';
import { parseDocuments } from './yaml-documents.ts';

function modelOf(t: TestContext, text: string): MeshModel {
  const set = new ConfigSet();
  t.after(() => set.close());
  for (const document of parseDocuments(text, 'x.yaml').documents) {
    const errors = set.apply(document).filter((issue) => issue.severity === 'error');
    assert.deepEqual(errors.map(formatIssue), []);
  }
  return set.flush();
}

/** `address:port` of each endpoint of the service's port. */
function addresses(model: MeshModel, key: string, portName: string): string[] {
  const endpoints = model.endpoints.get(key) ?? [];
  return endpoints.filter((each) => each.portName === portName).map((each) => `${each.address}:${each.port}`);
}

const pod = (name: string, ip: string, app: string, ready = 'True'): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${app}}}
spec: {serviceAccountName: ${app}, containers: [{name: a, ports: [{name: web, containerPort: 8080}]}]}
status: {phase: Running, podIP: ${ip}, conditions: [{type: Ready, status: "${ready}"}]}
---`;

const machine = (ports: string, app = 'vm', namespace = 'shop'): string => `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm1, namespace: ${namespace}}
spec: {address: 192.0.2.7, labels: {app: ${app}}, ports: ${ports}, serviceAccount: vm}
---`;

const entry = (rest: string): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ext, namespace: shop}
spec:
  hosts: [vm.example.com]
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}, {number: 90, name: tcp, protocol: TCP}]
  resolution: STATIC
  location: MESH_INTERNAL
  ${rest}
---`;

test('a ServiceEntry selects ready pods of its namespace', (t) => {
  const model = modelOf(
    t,
    pod('a', '10.244.0.2', 'vm') +
      pod('b', '10.244.0.3', 'vm', 'False') +
      pod('c', '10.244.0.4', 'other') +
      entry('workloadSelector: {labels: {app: vm}}'),
  );
  assert.deepEqual(addresses(model, 'shop/vm.example.com', 'http'), ['10.244.0.2:8080']);
  assert.deepEqual(addresses(model, 'shop/vm.example.com', 'tcp'), ['10.244.0.2:90']);
  assert.equal(model.endpoints.get('shop/vm.example.com')?.[0]?.serviceAccount, 'vm');
});

test('a ServiceEntry selects machines, whose own port map comes first', (t) => {
  const model = modelOf(t, machine('{tcp: 9000}') + entry('workloadSelector: {labels: {app: vm}}'));
  assert.deepEqual(addresses(model, 'shop/vm.example.com', 'http'), ['192.0.2.7:8080']);
  assert.deepEqual(addresses(model, 'shop/vm.example.com', 'tcp'), ['192.0.2.7:9000']);
});

test('a ServiceEntry lists its endpoints itself', (t) => {
  const model = modelOf(t, entry('endpoints: [{address: 192.0.2.1}, {address: 192.0.2.2, ports: {http: 81}}]'));
  assert.deepEqual(addresses(model, 'shop/vm.example.com', 'http'), ['192.0.2.1:8080', '192.0.2.2:81']);
});

const service = (targetPort: string): string => `
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec: {clusterIP: 10.96.0.1, selector: {app: a}, ports: [{name: http, port: 80, targetPort: ${targetPort}}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a-1, namespace: shop, labels: {kubernetes.io/service-name: a}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.244.0.2], hostname: a-0, targetRef: {kind: Pod, name: a-0}}]
---`;

const key = 'shop/a.shop.svc.cluster.local';

test('a machine with the labels of its pods joins a service', (t) => {
  const model = modelOf(t, pod('a-0', '10.244.0.2', 'a') + service('8080') + machine('{http: 9080}', 'a'));
  assert.deepEqual(addresses(model, key, 'http'), ['10.244.0.2:8080', '192.0.2.7:9080']);
  assert.equal(model.endpoints.get(key)?.[0]?.hostname, 'a-0');
});

test('a target port by name needs the machine to map it', (t) => {
  const pods = pod('a-0', '10.244.0.2', 'a') + service('web');
  assert.deepEqual(addresses(modelOf(t, pods + machine('{http: 9080}', 'a')), key, 'http'), ['10.244.0.2:8080']);
  const mapped = modelOf(t, pods + machine('{web: 9080}', 'a'));
  assert.deepEqual(addresses(mapped, key, 'http'), ['10.244.0.2:8080', '192.0.2.7:9080']);
});

test('a machine of another namespace joins nothing', (t) => {
  const model = modelOf(t, service('8080') + machine('{}', 'a', 'elsewhere'));
  assert.deepEqual(addresses(model, key, 'http'), ['10.244.0.2:8080']);
});

test('an endpoint that stands in two slices counts once', (t) => {
  const model = modelOf(t, service('8080') + service('8080').replace('a-1', 'a-2'));
  assert.deepEqual(addresses(model, key, 'http'), ['10.244.0.2:8080']);
});
