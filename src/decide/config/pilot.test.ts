// Whatever Pilot prints is decoded without an issue: its goldens, random models, Istio's samples and the exam.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createRegistry, fromJson, type JsonValue } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { readCases } from '../../../test/exam/case.ts';
import { decodeGenerated } from '../../../test/kit/decode-generated.ts';
import { readTopology } from '../../../test/kit/loopback-world.ts';
import { viewOf } from '../../../test/kit/model-builder.ts';
import { proxyNode } from '../../../test/kit/model-from-yaml.ts';
import { randomModel, randomProxies } from '../../../test/kit/random-model.ts';
import { exam, istioSamples, skipWithout } from '../../../test/kit/shared.ts';
import { ConfigSet } from '../../galley/config-set.ts';
import { resourceIdOf } from '../../galley/resource-id.ts';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { defaultMeshSettings } from '../../model/mesh-settings.ts';
import { createGenerator } from '../../pilot/generate-resources.ts';
import { PrintCache } from '../../pilot/print-cache.ts';
import { isFormatString } from '../../pilot/xds/format-string.ts';
import { ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import { anySchemas } from './decode/any-types.ts';
import { rootCursor } from './decode/cursor.ts';
import { formatString } from './decode/format-string.ts';
import { decodeCluster, decodeListener, decodeLoadAssignment, decodeRouteConfiguration } from './decode-resource.ts';

const settings = { ...defaultMeshSettings, accessLogFile: '/dev/stdout' };
const options = { registry: createRegistry(...anySchemas) };

describe("Pilot's goldens", () => {
  const folder = new URL('../../pilot/xds/testdata/', import.meta.url).pathname;
  const read = (file: string): JsonValue[] => JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonValue[];

  test('listeners', () => {
    for (const file of ['outbound', 'inbound', 'gateway']) {
      for (const json of read(`printed/${file}.json`)) {
        assert.deepEqual(decodeListener(fromJson(ListenerSchema, json, options)).issues, []);
      }
    }
  });
  test('clusters', () => {
    for (const json of read('printed/clusters.json')) {
      assert.deepEqual(decodeCluster(fromJson(ClusterSchema, json, options)).issues, []);
    }
  });
  test('endpoints', () => {
    for (const json of read('printed/endpoints.json')) {
      assert.deepEqual(decodeLoadAssignment(fromJson(ClusterLoadAssignmentSchema, json, options)).issues, []);
    }
  });
  for (const file of globSync('route/*.golden.json', { cwd: folder })) {
    test(file, () => {
      for (const json of read(file)) {
        assert.deepEqual(decodeRouteConfiguration(fromJson(RouteConfigurationSchema, json, options)).issues, []);
      }
    });
  }
});

test('random models', () => {
  const seen = new Set<string>();
  let resources = 0;
  for (const model of fc.sample(randomModel, { numRuns: 60, seed: 20_260_101 })) {
    const generate = createGenerator(model);
    for (const name of randomProxies) {
      const found = decodeGenerated(generate(viewOf(model, name).proxy), seen);
      assert.deepEqual(found.issues, []);
      resources += found.resources;
    }
  }
  assert.ok(resources > 2000, `${resources} resources`);
});

/** Applies documents; those of kinds that are not read, or that are refused, are left out, as in a mesh. */
function load(config: ConfigSet, objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter((object) => {
    const issues = config.apply({ object, placeOf: () => ({ file: object.kind, line: 1, column: 1 }) });
    return !issues.some(({ severity }) => severity === 'error');
  });
}

function proxiesOf(objects: readonly KubernetesObject[]) {
  const pods = objects.filter(({ kind }) => kind === 'Pod');
  return pods.map(({ metadata, ...pod }) =>
    proxyNode({
      name: metadata.name,
      namespace: metadata.namespace ?? 'default',
      labels: metadata.labels ?? {},
      address: (pod['status'] as { podIP: string }).podIP,
      type: metadata.labels?.['istio'] === undefined ? 'sidecar' : 'router',
    }),
  );
}

describe('the exam', { skip: skipWithout(exam) }, () => {
  const files = ['topology.yaml', 'extra.yaml'].map((file) => join(exam, 'topology', file));
  const { objects } = readTopology(files);

  test('topology and every case', () => {
    const config = new ConfigSet({ settings });
    const topology = load(config, objects);
    const proxies = proxiesOf(topology);
    assert.ok(proxies.length >= 10, `${proxies.length} proxies`);
    const cache = new PrintCache();
    const seen = new Set<string>();
    const check = (what: string): void => {
      const generate = createGenerator(config.flush(), cache);
      for (const proxy of proxies) assert.deepEqual(decodeGenerated(generate(proxy), seen).issues, [], what);
    };
    check('topology');
    const cases = readCases([join(exam, 'cases')]);
    assert.ok(cases.length >= 300, `${cases.length} cases`);
    for (const { name, config: documents = [] } of cases) {
      const applied = load(config, structuredClone(documents) as KubernetesObject[]);
      check(name);
      for (const object of applied) {
        const id = resourceIdOf(object);
        if (id !== undefined) config.delete(id);
      }
    }
    assert.ok(seen.size > 500, `${seen.size} different resources`);
  });
});

describe("Istio's samples", { skip: skipWithout(istioSamples) }, () => {
  test('every folder, from a client and from a gateway', () => {
    const seen = new Set<string>();
    for (const file of globSync('**/*.yaml', { cwd: istioSamples }).toSorted()) {
      const config = new ConfigSet({ settings });
      const documents = parseAllDocuments(readFileSync(join(istioSamples, file), 'utf8'));
      const objects = documents.map((document) => document.toJS() as KubernetesObject | null);
      load(
        config,
        objects.filter((object) => object !== null),
      );
      const generate = createGenerator(config.flush());
      const client = proxyNode({ name: 'client', namespace: 'default' });
      const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
      const gateway = proxyNode({ name: 'gateway', namespace: 'istio-system', type: 'router', labels });
      for (const proxy of [client, gateway]) assert.deepEqual(decodeGenerated(generate(proxy), seen).issues, [], file);
    }
    assert.ok(seen.size > 20, `${seen.size} different resources`);
  });
});

test('Pilot sends only format strings that are taken here', () => {
  const pieces = [
    '%',
    '%%',
    '(X-A)',
    '%REQ(X)%',
    '%REQ(X?:PATH):3%',
    '%START_TIME(%Y/%m)%',
    '%NOPE%',
    '%PATH(NQ)%',
    'x',
    ' ',
  ];
  pieces.push('%RESPONSE_CODE%', '%RESPONSE_CODE:3%', '%DYNAMIC_METADATA(a:b):3%', '%METADATA(ROUTE:istio:config)%');
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, (text) => {
      const at = rootCursor();
      formatString(text, at);
      assert.equal(at.issues.length === 0, isFormatString(text));
    }),
    { numRuns: 500 },
  );
});
