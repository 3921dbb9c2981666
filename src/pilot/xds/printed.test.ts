// Goldens of printed listeners and clusters, field by field, as Envoy reads them. `testdata/printed/mesh.yaml` has the manifests.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type DescMessage, type JsonValue, toJson } from '@bufbuild/protobuf';
import { assertGolden } from '../../../test/kit/golden.ts';
import { modelFromYaml, proxyNode } from '../../../test/kit/model-from-yaml.ts';
import { xdsRegistry } from '../../../test/kit/xds-registry.ts';
import type { Printer } from '../print-cache.ts';
import { createViews, type ProxyView } from '../proxy-view.ts';
import { clusterPrinter, clusterSlices } from './cluster.ts';
import { endpointPrinter, endpointSlices } from './endpoint.ts';
import { listenerPrinter, listenerSlices } from './listener.ts';

const manifests = readFileSync(new URL('testdata/printed/mesh.yaml', import.meta.url), 'utf8');
const log = { accessLogFile: '/dev/stdout' };

function viewOf(type: 'sidecar' | 'router'): ProxyView {
  const model = modelFromYaml(manifests, log);
  const sidecar = { name: 'frontend', namespace: 'shop', labels: { app: 'frontend' } };
  const labels = { app: 'gateway', istio: 'ingressgateway' };
  const router = { name: 'gateway', namespace: 'edge', labels, type, address: '10.1.0.9' };
  return createViews(model)(proxyNode(type === 'router' ? router : sidecar));
}

/** The named ones, in that order. */
function printed<Slice, Desc extends DescMessage>(
  printer: Printer<Slice, Desc>,
  slices: readonly Slice[],
  names: readonly string[],
): JsonValue[] {
  return names.map((name) => {
    const slice = slices.find((each) => printer.nameOf(each) === name);
    assert.ok(slice !== undefined, `no ${name} among ${slices.map((each) => printer.nameOf(each)).join(' ')}`);
    return toJson(printer.schema, printer.print(slice), { registry: xdsRegistry, useProtoFieldName: true });
  });
}

const golden = (name: string, values: readonly JsonValue[]): void =>
  assertGolden(import.meta.url, `printed/${name}.json`, `${JSON.stringify(values, undefined, 1)}\n`);

test('outbound listeners', () => {
  const names = ['0.0.0.0_9080', '10.2.0.2_9000', '10.2.0.2_7070', '0.0.0.0_443', 'virtualOutbound'];
  golden('outbound', printed(listenerPrinter, listenerSlices(viewOf('sidecar')), names));
});

test('inbound listener', () => {
  golden('inbound', printed(listenerPrinter, listenerSlices(viewOf('sidecar')), ['virtualInbound']));
});

test('gateway listener', () => {
  golden('gateway', printed(listenerPrinter, listenerSlices(viewOf('router')), ['0.0.0.0_8080']));
});

test('clusters', () => {
  const names = [
    'outbound|9080||reviews.shop.svc.cluster.local',
    'outbound|9080|v1|reviews.shop.svc.cluster.local',
    'outbound|7070||orders.shop.svc.cluster.local',
    'outbound|8082||orders.shop.svc.cluster.local',
    'outbound|443||out.example',
    'outbound|80||out.example',
    'inbound|8080||',
    'BlackHoleCluster',
    'PassthroughCluster',
    'InboundPassthroughCluster',
  ];
  golden('clusters', printed(clusterPrinter, clusterSlices(viewOf('sidecar')), names));
});

test('endpoints', () => {
  const names = ['outbound|9080||reviews.shop.svc.cluster.local', 'outbound|9080|v1|reviews.shop.svc.cluster.local'];
  golden('endpoints', printed(endpointPrinter, endpointSlices(viewOf('sidecar')), names));
});
