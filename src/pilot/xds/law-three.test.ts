// Law 3 for listeners, clusters, endpoints and names, over random models: equal keys give equal bytes, and, so that nothing is
// printed twice for nothing, different keys give different bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DescMessage, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import {
  endpoint,
  external,
  makeModel,
  pod,
  policy,
  port,
  service,
  sidecar,
  traffic,
  viewOf,
} from '../../../test/kit/model-builder.ts';
import type { MeshModel } from '../../model/mesh-model.ts';
import { defaultMeshSettings } from '../../model/mesh-settings.ts';
import type { Protocol, Resolution } from '../../model/service.ts';
import { type Printer, sliceKey } from '../print-cache.ts';
import type { ProxyView } from '../proxy-view.ts';
import { clusterPrinter, clusterSlices } from './cluster.ts';
import { endpointPrinter, endpointSlices } from './endpoint.ts';
import { listenerPrinter, listenerSlices } from './listener.ts';
import { nameTablePrinter, nameTableSlice } from './name-table.ts';

const protocols: Protocol[] = ['http', 'http2', 'grpc', 'grpc-web', 'tcp', 'tls', 'https', 'mysql', 'udp', 'auto'];
const ports = fc
  .uniqueArray(fc.constantFrom(80, 443, 9000, 9080), { minLength: 1, maxLength: 3 })
  .chain((numbers) =>
    fc.tuple(...numbers.map((number) => fc.constantFrom(...protocols).map((protocol) => port(protocol, number)))),
  );

const kubernetesService = fc
  .record({ name: fc.constantFrom('a', 'b', 'c'), ports, headless: fc.boolean(), at: fc.integer({ min: 1, max: 3 }) })
  .map(({ name, ports: own, headless, at }) => service(`shop/${name}`, headless ? '' : `10.2.0.${at}`, own));

const resolutions: Resolution[] = ['eds', 'dns', 'dns-round-robin', 'passthrough'];
const externalService = fc
  .record({
    host: fc.constantFrom('a.example', 'b.example', '*.c.example'),
    ports,
    resolution: fc.constantFrom(...resolutions),
    addresses: fc.subarray(['240.0.0.1', '240.0.1.0/24']),
  })
  .map(({ host, ports: own, ...parts }) => external(host, own, parts));

const balancer = fc.constantFrom(
  undefined,
  { kind: 'round-robin' } as const,
  { kind: 'passthrough' } as const,
  {
    kind: 'consistent-hash',
    key: { kind: 'source-ip' },
    algorithm: { kind: 'ring-hash', minimumRingSize: 64 },
  } as const,
);
const clientTls = fc.option(
  fc.record({
    mode: fc.constantFrom('disable', 'simple', 'istio-mutual'),
    sni: fc.constantFrom('', 'sni.example'),
    subjectAltNames: fc.subarray(['san.example']),
    insecureSkipVerify: fc.boolean(),
  }),
  { nil: undefined },
);
const rule = fc
  .record({
    host: fc.constantFrom('a.shop.svc.cluster.local', 'b.example'),
    balancer,
    tls: clientTls,
    subset: fc.boolean(),
  })
  .map(({ host, balancer: loadBalancer, tls, subset }) => {
    const provenance = { resource: { kind: 'DestinationRule', namespace: 'shop', name: 'rule' }, path: '' };
    const v1 = { provenance, name: 'v1', labels: { version: 'v1' }, policy: undefined };
    const own = traffic({ loadBalancer, tls });
    return policy('shop/rule', host, { policy: own, subsets: subset ? [v1] : [] });
  });

const settings = fc
  .record({
    accessLogFile: fc.constantFrom('', '/dev/stdout'),
    accessLogEncoding: fc.constantFrom('text' as const, 'json' as const),
    pathNormalization: fc.constantFrom('none' as const, 'base' as const, 'decode-and-merge-slashes' as const),
    outboundPolicy: fc.constantFrom('allow-any' as const, 'registry-only' as const),
  })
  .map((parts) => ({ ...defaultMeshSettings, ...parts }));

const model: fc.Arbitrary<MeshModel> = fc
  .record({
    settings,
    services: fc.array(fc.oneof(kubernetesService, externalService), { maxLength: 5 }),
    destinationPolicies: fc.array(rule, { maxLength: 2 }),
    scoped: fc.boolean(),
    ready: fc.boolean(),
  })
  .map(({ scoped, ready, ...parts }) =>
    makeModel({
      ...parts,
      sidecarScopes: scoped ? [sidecar('shop/default', { outboundPolicy: 'registry-only' })] : [],
      workloads: [
        pod('shop/frontend', '10.1.0.1', { app: 'a' }),
        pod('shop/a-v1', '10.1.0.2', { app: 'a', version: 'v1' }, { ready }),
        pod('shop/b-v1', '10.1.0.3', { app: 'b' }),
      ],
      endpoints: { 'shop/a.example': [endpoint('240.0.0.9', 'http-80', 80), endpoint('b.example', 'tcp-9000', 1)] },
    }),
  );

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }
  return value;
}

/** Key and bytes of everything that a proxy gets of one type. */
type Printed = readonly (readonly [key: string, bytes: string])[];

function printAll<Slice, Desc extends DescMessage>(printer: Printer<Slice, Desc>, slices: readonly Slice[]): Printed {
  return slices.map((slice) => {
    const bytes = toBinary(printer.schema, printer.print(freeze(slice)));
    return [sliceKey(slice), Buffer.from(bytes).toString('base64')];
  });
}

const types: Readonly<Record<string, (view: ProxyView) => Printed>> = {
  listeners: (view) => printAll(listenerPrinter, listenerSlices(view)),
  clusters: (view) => printAll(clusterPrinter, clusterSlices(view)),
  endpoints: (view) => printAll(endpointPrinter, endpointSlices(view)),
  names: (view) => printAll(nameTablePrinter, [nameTableSlice(view)]),
};

for (const [type, print] of Object.entries(types)) {
  test(`${type}: one key, one text`, () => {
    const bytesByKey = new Map<string, string>();
    const keyByBytes = new Map<string, string>();
    fc.assert(
      fc.property(model, fc.constantFrom('shop/frontend', 'shop/a-v1', 'shop/b-v1'), (random, proxy) => {
        for (const [key, bytes] of print(viewOf(random, proxy))) {
          assert.equal(bytesByKey.get(key) ?? bytes, bytes, 'equal keys, equal bytes');
          assert.equal(keyByBytes.get(bytes) ?? key, key, 'a key has nothing that is not printed');
          bytesByKey.set(key, bytes);
          keyByBytes.set(bytes, key);
        }
      }),
      { numRuns: 150 },
    );
    assert.ok(bytesByKey.size > 5, `only ${bytesByKey.size} different ${type}`);
  });
}

test('the same model read again gives the same keys', () => {
  fc.assert(
    fc.property(model, (random) => {
      for (const print of Object.values(types)) {
        const again = viewOf(structuredClone(random), 'shop/frontend');
        assert.deepEqual(print(viewOf(random, 'shop/frontend')), print(again));
      }
    }),
    { numRuns: 30 },
  );
});
