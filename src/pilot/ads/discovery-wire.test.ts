// The hand-written response encoder and the generated code agree, for any names, versions and sizes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import {
  DeltaDiscoveryResponseSchema,
  DiscoveryResponseSchema,
} from '../../proto/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { encodeResponse } from './discovery-wire.ts';

const typeUrl = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';

const plans = fc.record({
  resources: fc.array(
    fc.record({ name: fc.string({ unit: 'grapheme' }), version: fc.string(), bytes: fc.uint8Array({ maxLength: 40 }) }),
  ),
  removed: fc.array(fc.string()),
  version: fc.string(),
  changed: fc.constant([]),
});

test('delta responses decode to what went in', () => {
  fc.assert(
    fc.property(plans, fc.string(), (plan, nonce) => {
      const bytes = new Uint8Array(encodeResponse('delta', typeUrl, plan, nonce));
      const decoded = fromBinary(DeltaDiscoveryResponseSchema, bytes);
      const expected = create(DeltaDiscoveryResponseSchema, {
        systemVersionInfo: plan.version,
        typeUrl,
        nonce,
        removedResources: plan.removed,
        resources: plan.resources.map(({ name, version, bytes }) => ({
          name,
          version,
          resource: { typeUrl, value: bytes },
        })),
      });
      assert.deepEqual(decoded, expected);
    }),
  );
});

test('state-of-the-world responses decode to what went in', () => {
  fc.assert(
    fc.property(plans, fc.string(), (plan, nonce) => {
      const bytes = new Uint8Array(encodeResponse('sotw', typeUrl, { ...plan, removed: [] }, nonce));
      const decoded = fromBinary(DiscoveryResponseSchema, bytes);
      const resources = plan.resources.map((resource) => ({ typeUrl, value: resource.bytes }));
      assert.deepEqual(
        decoded,
        create(DiscoveryResponseSchema, { versionInfo: plan.version, typeUrl, nonce, resources }),
      );
    }),
  );
});

test('sizes around the steps of a varint', () => {
  for (const size of [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1fffff, 0x200000]) {
    const bytes = new Uint8Array(size).fill(7);
    const plan = { resources: [{ name: 'a', version: '1', bytes }], removed: [], version: 'v', changed: [] };
    const decoded = fromBinary(DeltaDiscoveryResponseSchema, encodeResponse('delta', typeUrl, plan, 'n'));
    assert.equal(decoded.resources[0]?.resource?.value.length, size);
  }
});
