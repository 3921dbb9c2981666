// What is refused, and with which issue at which place. `testdata/refused.yaml` has the cases; a real Envoy is asked about the same
// ones in test/e2e/xds-refused.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createRegistry, fromJson } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { parse } from 'yaml';
import { resourceOf, type ResourceType, type XdsCase } from '../../../test/kit/xds-case.ts';
import type { Issue } from '../../lib/issue.ts';
import { ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import { UriTemplateMatchConfigSchema } from '../../proto/gen/envoy/extensions/path/match/uri_template/v3/uri_template_match_pb.ts';
import { SecretSchema } from '../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import {
  decodeCluster,
  decodeListener,
  decodeLoadAssignment,
  decodeRouteConfiguration,
  decodeSecret,
} from './decode-resource.ts';
import { anySchemas } from './decode/any-types.ts';

const file = new URL('testdata/refused.yaml', import.meta.url);
const cases = parse(readFileSync(file, 'utf8')) as XdsCase[];
const options = { registry: createRegistry(...anySchemas, DurationSchema, UriTemplateMatchConfigSchema) };

const decoders: Readonly<Record<ResourceType, (json: Parameters<typeof fromJson>[1]) => readonly Issue[]>> = {
  listener: (json) => decodeListener(fromJson(ListenerSchema, json, options)).issues,
  route: (json) => decodeRouteConfiguration(fromJson(RouteConfigurationSchema, json, options)).issues,
  cluster: (json) => decodeCluster(fromJson(ClusterSchema, json, options)).issues,
  endpoints: (json) => decodeLoadAssignment(fromJson(ClusterLoadAssignmentSchema, json, options)).issues,
  secret: (json) => decodeSecret(fromJson(SecretSchema, json, options)).issues,
};

test('there are cases', () => assert.ok(cases.length >= 150, `${cases.length} cases`));

for (const each of cases) {
  test(each.name, () => {
    const { type, json, path } = resourceOf(each);
    const found = decoders[type](json);
    const separator = path === '' || each.at === '' || each.at.startsWith('[') ? '' : '.';
    const wanted = `${each.code} ${path}${separator}${each.at}`;
    const all = found.map((issue) => `${issue.code} ${issue.path}`);
    assert.ok(
      all.includes(wanted),
      `${wanted}\nis not among\n${found.map((issue) => `${issue.code} ${issue.path}: ${issue.message}`).join('\n')}`,
    );
    if (each.others !== true) assert.equal(all.length, 1, all.join('\n'));
  });
}
