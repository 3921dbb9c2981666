// However the configuration came about, the model is that of its last state: bit by bit is the same as all at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MeshModel } from '../model/mesh-model.ts';
import { ConfigSet } from './config-set.ts';
import { resourceIdOf } from './resource-id.ts';

/** Few names and values, so that resources meet each other. */
const name = fc.constantFrom('a', 'b', 'c');
const namespace = fc.constantFrom('shop', 'other');
const metadata = (labels: fc.Arbitrary<Record<string, string>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record({
    name,
    namespace,
    labels,
    creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'),
  });
const noLabels = fc.constant({});

const service = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Service'),
  metadata: metadata(noLabels),
  spec: fc.record({
    clusterIP: fc.constantFrom('10.96.0.1', '10.96.0.2', 'None'),
    selector: fc.record({ app: name }),
    ports: fc.constant([{ name: 'http', port: 80 }]),
  }),
});

const pod = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: metadata(fc.record({ app: name })),
  spec: fc.constant({ containers: [{ name: 'app' }] }),
  status: fc.record({ podIP: fc.constantFrom('10.244.0.1', '10.244.0.2') }),
});

const slice = fc.record({
  apiVersion: fc.constant('discovery.k8s.io/v1'),
  kind: fc.constant('EndpointSlice'),
  metadata: metadata(fc.record({ 'kubernetes.io/service-name': name })),
  addressType: fc.constant('IPv4'),
  ports: fc.constant([{ name: 'http', port: 80 }]),
  endpoints: fc.array(
    fc.record({
      addresses: fc.constantFrom(['10.244.0.1'], ['10.244.0.2']),
      conditions: fc.record({ ready: fc.boolean() }),
      targetRef: fc.record({ kind: fc.constant('Pod'), name }),
    }),
    { maxLength: 2 },
  ),
});

const virtualService = fc.record({
  apiVersion: fc.constantFrom('networking.istio.io/v1', 'networking.istio.io/v1beta1'),
  kind: fc.constant('VirtualService'),
  metadata: metadata(noLabels),
  spec: fc.record({
    hosts: fc.constantFrom(['a'], ['b']),
    http: fc.constantFrom([{ route: [{ destination: { host: 'a' } }] }], [{ directResponse: { status: 418 } }]),
  }),
});

const meshConfig = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('ConfigMap'),
  metadata: fc.constant({ name: 'istio', namespace: 'istio-system' }),
  data: fc.constantFrom(
    { mesh: 'defaultServiceExportTo: ["."]' },
    { mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}' },
  ),
});

const step = fc.record({
  what: fc.constantFrom('apply', 'apply', 'apply', 'delete', 'flush'),
  object: fc.oneof(service, pod, slice, virtualService, meshConfig),
});

const content = ({ generation: _, ...rest }: MeshModel): unknown => rest;

function quietSet(): ConfigSet {
  return new ConfigSet({ quietMs: 60_000, longestMs: 60_000 });
}

test('changes one by one end in the model of the last state', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const grown = quietSet();
      const last = new Map<string, object>();
      for (const { what, object } of steps) {
        const id = resourceIdOf(object)!;
        const { apiVersion: _, ...rest } = id;
        const key = JSON.stringify(rest);
        if (what === 'flush') grown.flush();
        else if (what === 'delete') grown.delete(id);
        else grown.apply({ object });
        if (what === 'delete') last.delete(key);
        else if (what === 'apply') last.set(key, object);
      }
      const fresh = quietSet();
      for (const object of [...last.values()].toReversed()) fresh.apply({ object });
      const model = grown.flush();
      assert.deepEqual(content(model), content(fresh.flush()));
      // Saying all of it again changes nothing.
      for (const object of last.values()) grown.apply({ object: { ...object } });
      assert.equal(grown.flush(), model);
      grown.close();
      fresh.close();
    }),
    { numRuns: 200 },
  );
});
