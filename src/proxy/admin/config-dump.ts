// `/config_dump`: what is in force, as protobuf JSON in Envoy's admin messages (envoy.admin.v3.*ConfigDump).
import {
  createRegistry,
  type DescMessage,
  fromBinary,
  type JsonObject,
  type JsonValue,
  toJson,
} from '@bufbuild/protobuf';
import { anySchemas } from '../../decide/config/decode/any-types.ts';
import { ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import type { Accepted } from '../xds-client/config-client.ts';
import { type ResourceKind, typeUrls } from '../xds-client/resource-types.ts';

const registry = createRegistry(...anySchemas);

const schemas: Readonly<Record<ResourceKind, DescMessage>> = {
  cluster: ClusterSchema,
  endpoint: ClusterLoadAssignmentSchema,
  listener: ListenerSchema,
  route: RouteConfigurationSchema,
};

const dumpType = (name: string): string => `type.googleapis.com/envoy.admin.v3.${name}`;

export interface ConfigDumpInputs {
  readonly accepted: (kind: ResourceKind) => ReadonlyMap<string, Accepted>;
  readonly bootstrap: JsonObject;
  readonly includeEndpoints: boolean;
}

export function configDump({ accepted, bootstrap, includeEndpoints }: ConfigDumpInputs): object {
  const all = (kind: ResourceKind): Accepted[] => [...accepted(kind).values()];
  const clusters = all('cluster').map((resource) => versioned('cluster', resource, 'cluster'));
  const listeners = all('listener').map((resource) => ({
    name: resource.name,
    active_state: versioned('listener', resource, 'listener'),
  }));
  const routes = all('route').map((resource) => versioned('route', resource, 'route_config'));
  const endpoints = all('endpoint').map((resource) => versioned('endpoint', resource, 'endpoint_config'));
  return {
    configs: [
      { '@type': dumpType('BootstrapConfigDump'), bootstrap },
      { '@type': dumpType('ClustersConfigDump'), dynamic_active_clusters: clusters },
      ...(includeEndpoints ? [{ '@type': dumpType('EndpointsConfigDump'), dynamic_endpoint_configs: endpoints }] : []),
      { '@type': dumpType('ListenersConfigDump'), dynamic_listeners: listeners },
      { '@type': dumpType('RoutesConfigDump'), dynamic_route_configs: routes },
      { '@type': dumpType('SecretsConfigDump') },
    ],
  };
}

function versioned(kind: ResourceKind, resource: Accepted, field: string): object {
  return {
    version_info: resource.version,
    [field]: { '@type': typeUrls[kind], ...resourceJson(kind, resource.bytes) },
    last_updated: new Date(resource.updatedAtMs).toISOString(),
  };
}

function resourceJson(kind: ResourceKind, bytes: Uint8Array): Record<string, JsonValue> {
  try {
    const json = toJson(schemas[kind], fromBinary(schemas[kind], bytes), { registry, useProtoFieldName: true });
    return json as Record<string, JsonValue>;
  } catch {
    // A type within it that is not among ours: better its bytes than no dump at all.
    return { value: Buffer.from(bytes).toString('base64') };
  }
}
