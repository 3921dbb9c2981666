// What Kubernetes' own kinds and MeshConfig lower to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultMeshSettings } from '../../model/mesh-settings.ts';
import type { Service, Workload } from '../../model/service.ts';
import { readDocument } from '../check-document.ts';
import { parseDocuments } from '../yaml-documents.ts';
import type { ModelPart } from './kind.ts';
import { readMeshConfig } from './mesh-config.ts';

function lower(text: string, settings = defaultMeshSettings): ModelPart {
  const [document] = parseDocuments(text, 'x.yaml').documents;
  const { kind, resource, issues } = readDocument(document!, { settings });
  assert.deepEqual(issues, []);
  return kind?.lower?.(resource!, { settings }) ?? {};
}

function serviceOf(spec: string, metadata = ''): Service {
  const part = lower(
    `{apiVersion: v1, kind: Service, metadata: {name: reviews, namespace: shop${metadata}}, spec: ${spec}}`,
  );
  return part.services![0]!;
}

test('a ClusterIP service', () => {
  const service = serviceOf(`{clusterIP: 10.96.0.7, selector: {app: reviews}, ports: [
    {name: http, port: 9080, targetPort: web}, {name: tcp-admin, port: 9999, targetPort: 99}]}`);
  assert.equal(service.hostname, 'reviews.shop.svc.cluster.local');
  assert.deepEqual(service.addresses, ['10.96.0.7']);
  assert.deepEqual(service.ports, [
    { name: 'http', number: 9080, protocol: 'http', targetPort: 'web' },
    { name: 'tcp-admin', number: 9999, protocol: 'tcp', targetPort: 99 },
  ]);
  assert.equal(service.resolution, 'eds');
  assert.deepEqual(service.exportTo, { all: true });
});

test('a headless service, with and without ports', () => {
  const service = serviceOf('{clusterIP: None, publishNotReadyAddresses: true, ports: [{port: 80}]}');
  assert.deepEqual(
    [service.addresses, service.resolution, service.headless, service.publishNotReady],
    [[], 'passthrough', true, true],
  );
  assert.deepEqual(serviceOf('{clusterIP: None}').ports, []);
});

test('an ExternalName service resolves its name', () => {
  const service = serviceOf('{type: ExternalName, externalName: API.Example.com, ports: [{port: 443, name: https}]}');
  assert.deepEqual([service.externalName, service.resolution, service.addresses], ['api.example.com', 'dns', []]);
});

test('dual-stack addresses and session affinity', () => {
  const service = serviceOf(
    '{clusterIP: 10.96.0.7, clusterIPs: [10.96.0.7, "fd00::7"], sessionAffinity: ClientIP, ports: [{port: 80}]}',
  );
  assert.deepEqual([service.addresses, service.sessionAffinity], [['10.96.0.7', 'fd00::7'], 'client-ip']);
});

test("who sees a service is the annotation's or the mesh's word", () => {
  const exportTo = (value: string): unknown =>
    serviceOf('{ports: [{port: 80}]}', `, annotations: {networking.istio.io/exportTo: "${value}"}`).exportTo;
  assert.deepEqual(exportTo('*'), { all: true });
  assert.deepEqual(exportTo('., other'), { all: false, namespaces: ['other', 'shop'] });
  assert.deepEqual(exportTo('~'), { all: false, namespaces: [] });
  const part = lower(
    '{apiVersion: v1, kind: Service, metadata: {name: a, namespace: shop}, spec: {ports: [{port: 80}]}}',
    {
      ...defaultMeshSettings,
      defaultServiceExportTo: ['.'],
    },
  );
  assert.deepEqual(part.services![0]!.exportTo, { all: false, namespaces: ['shop'] });
});

function podOf(spec: string, status: string, metadata = ''): Workload {
  const part = lower(
    `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop${metadata}}, spec: ${spec}, status: ${status}}`,
  );
  return part.workloads![0]!;
}

const readyStatus = '{phase: Running, podIP: 10.244.0.5, conditions: [{type: Ready, status: "True"}]}';

test('a pod is a workload with its named ports', () => {
  const pod = podOf(
    `{serviceAccountName: reviews, containers: [{name: a, ports: [{name: web, containerPort: 8080}, {containerPort: 1}]}],
      initContainers: [{name: once, ports: [{name: init, containerPort: 2}]},
        {name: beside, restartPolicy: Always, ports: [{name: extra, containerPort: 3}]}]}`,
    readyStatus,
    ', labels: {app: reviews}',
  );
  assert.deepEqual(pod.namedPorts, { extra: 3, web: 8080 });
  assert.deepEqual([pod.addresses, pod.serviceAccount, pod.ready], [['10.244.0.5'], 'reviews', true]);
});

test('a pod is ready as its condition says, and never while it is being deleted', () => {
  const containers = '{containers: [{name: a}]}';
  assert.equal(podOf(containers, '{podIP: 10.244.0.5}').ready, false);
  assert.equal(podOf(containers, readyStatus, ', deletionTimestamp: "2026-01-01T00:00:00Z"').ready, false);
});

test('a slice whose conditions are not told is ready', () => {
  const part = lower(`{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4,
    metadata: {name: a-1, namespace: shop, labels: {kubernetes.io/service-name: a}}, ports: [{name: http, port: 80}],
    endpoints: [{addresses: [10.244.0.5]}, {addresses: [10.244.0.6], conditions: {ready: false, terminating: true}}]}`);
  assert.deepEqual(
    part.endpointSlices![0]!.endpoints.map(({ ready, serving, terminating }) => [ready, serving, terminating]),
    [
      [true, true, false],
      [false, false, true],
    ],
  );
});

test('MeshConfig lowers over the defaults', () => {
  const { settings, issues } = readMeshConfig({
    rootNamespace: 'mesh',
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    accessLogFile: '/dev/stdout',
    accessLogEncoding: 'JSON',
    connectTimeout: '1.5s',
    protocolDetectionTimeout: '100ms',
    pathNormalization: { normalization: 'DECODE_AND_MERGE_SLASHES' },
    defaultConfig: { concurrency: 0 },
    defaultVirtualServiceExportTo: ['.'],
  });
  assert.deepEqual(issues, []);
  assert.deepEqual(settings, {
    ...defaultMeshSettings,
    rootNamespace: 'mesh',
    outboundPolicy: 'registry-only',
    accessLogFile: '/dev/stdout',
    accessLogEncoding: 'json',
    connectTimeoutMs: 1500,
    protocolDetectionTimeoutMs: 100,
    pathNormalization: 'decode-and-merge-slashes',
    concurrency: 0,
    defaultVirtualServiceExportTo: ['.'],
  });
});

test('what MeshConfig has and we do not is a warning', () => {
  const { issues } = readMeshConfig({ extensionProviders: [], defaultConfig: { tracing: {} } });
  assert.deepEqual(
    issues.map(({ path, severity, code }) => [path, severity, code]),
    [
      ['extensionProviders', 'warning', 'not-yet'],
      ['defaultConfig.tracing', 'warning', 'not-yet'],
    ],
  );
});
