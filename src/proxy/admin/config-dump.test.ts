// What is dumped of accepted resources.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { anySchemas } from '../../decide/config/decode/any-types.ts';
import { RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import { configDump } from './config-dump.ts';

function dumped(any: Any): string {
  const route = create(RouteConfigurationSchema, {
    name: 'r',
    virtualHosts: [{ name: 'v', domains: ['*'], typedPerFilterConfig: { f: any } }],
  });
  const accepted = { name: 'r', version: '1', bytes: toBinary(RouteConfigurationSchema, route), updatedAtMs: 0 };
  const inputs = { bootstrap: {}, includeEndpoints: false };
  return JSON.stringify(
    configDump({ ...inputs, accepted: (kind) => (kind === 'route' ? new Map([['r', accepted]]) : new Map()) }),
  );
}

describe('/config_dump', () => {
  it('shows every message that may stand in an Any', () => {
    for (const schema of anySchemas) {
      assert.ok(dumped(anyPack(schema, create(schema))).includes(`"@type":"type.googleapis.com/${schema.typeName}"`));
    }
  });

  it('shows the bytes of what it cannot read', () => {
    const any = {
      $typeName: 'google.protobuf.Any',
      typeUrl: 'type.googleapis.com/test.Unknown',
      value: new Uint8Array(),
    } as const;
    assert.match(dumped(any), /"value":"[\w+/=]+"/);
  });
});
