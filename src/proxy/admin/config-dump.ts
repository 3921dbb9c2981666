// `/config_dump`: what is in force, as protobuf JSON in Envoy's admin messages (envoy.admin.v3.*ConfigDump).
import {
  createRegistry,
  type DescMessage,
  fromBinary,
  type JsonObject,
  type JsonValue,
  toJson,
} from '@bufbuild/protobuf';
import { ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import { FileAccessLogSchema } from '../../proto/gen/envoy/extensions/access_loggers/file/v3/file_pb.ts';
import { CorsPolicySchema, CorsSchema } from '../../proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { HTTPFaultSchema } from '../../proto/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { FilterConfigSchema } from '../../proto/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.ts';
import { GrpcWebSchema } from '../../proto/gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.ts';
import { RouterSchema } from '../../proto/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { HttpInspectorSchema } from '../../proto/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.ts';
import { OriginalDstSchema } from '../../proto/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.ts';
import { TlsInspectorSchema } from '../../proto/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts';
import { HttpConnectionManagerSchema } from '../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { TcpProxySchema } from '../../proto/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts';
import { CaresDnsResolverConfigSchema } from '../../proto/gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.ts';
import { UuidRequestIdConfigSchema } from '../../proto/gen/envoy/extensions/request_id/uuid/v3/uuid_pb.ts';
import { PreviousHostsPredicateSchema } from '../../proto/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.ts';
import { UpstreamTlsContextSchema } from '../../proto/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import { HttpProtocolOptionsSchema } from '../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import type { Accepted } from '../xds-client/config-client.ts';
import { type ResourceKind, typeUrls } from '../xds-client/resource-types.ts';

/** What may stand in an Any of a resource. */
const registry = createRegistry(
  CaresDnsResolverConfigSchema,
  CorsPolicySchema,
  CorsSchema,
  FileAccessLogSchema,
  FilterConfigSchema,
  GrpcWebSchema,
  HTTPFaultSchema,
  HttpConnectionManagerSchema,
  HttpInspectorSchema,
  HttpProtocolOptionsSchema,
  OriginalDstSchema,
  PreviousHostsPredicateSchema,
  RouterSchema,
  TcpProxySchema,
  TlsInspectorSchema,
  UpstreamTlsContextSchema,
  UuidRequestIdConfigSchema,
);

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
