// THE list of messages that may stand in an `Any`. Whatever else stands there is refused, as Envoy refuses an extension that it was
// not built with.
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { fromBinary } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { FilterConfigSchema as RouteFilterConfigSchema } from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import { FileAccessLogSchema } from '../../../proto/gen/envoy/extensions/access_loggers/file/v3/file_pb.ts';
import { CorsPolicySchema, CorsSchema } from '../../../proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { HTTPFaultSchema } from '../../../proto/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { FilterConfigSchema as GrpcStatsSchema } from '../../../proto/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.ts';
import { GrpcWebSchema } from '../../../proto/gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.ts';
import { RouterSchema } from '../../../proto/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { HttpInspectorSchema } from '../../../proto/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.ts';
import { OriginalDstSchema } from '../../../proto/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.ts';
import { TlsInspectorSchema } from '../../../proto/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts';
import { HttpConnectionManagerSchema } from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { TcpProxySchema } from '../../../proto/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts';
import { PreserveCaseFormatterConfigSchema } from '../../../proto/gen/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case_pb.ts';
import { CaresDnsResolverConfigSchema } from '../../../proto/gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.ts';
import { GetAddrInfoDnsResolverConfigSchema } from '../../../proto/gen/envoy/extensions/network/dns_resolver/getaddrinfo/v3/getaddrinfo_dns_resolver_pb.ts';
import { UuidRequestIdConfigSchema } from '../../../proto/gen/envoy/extensions/request_id/uuid/v3/uuid_pb.ts';
import { OmitCanaryHostsPredicateSchema } from '../../../proto/gen/envoy/extensions/retry/host/omit_canary_hosts/v3/omit_canary_hosts_pb.ts';
import { PreviousHostsPredicateSchema } from '../../../proto/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.ts';
import { PreviousPrioritiesConfigSchema } from '../../../proto/gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.ts';
import { RawBufferSchema } from '../../../proto/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.ts';
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import { HttpProtocolOptionsSchema } from '../../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import type { Cursor } from './cursor.ts';
import { refuse } from './cursor.ts';

/** By the place where they may stand (Envoy's extension categories). */
const extensions = {
  'access log': [FileAccessLogSchema],
  'DNS resolver': [CaresDnsResolverConfigSchema, GetAddrInfoDnsResolverConfigSchema],
  'downstream transport socket': [DownstreamTlsContextSchema, RawBufferSchema],
  'header format': [PreserveCaseFormatterConfigSchema],
  'HTTP filter': [CorsSchema, GrpcStatsSchema, GrpcWebSchema, HTTPFaultSchema, RouterSchema],
  'listener filter': [HttpInspectorSchema, OriginalDstSchema, TlsInspectorSchema],
  'network filter': [HttpConnectionManagerSchema, TcpProxySchema],
  'per-route filter configuration': [CorsPolicySchema, HTTPFaultSchema, RouteFilterConfigSchema],
  'protocol options': [HttpProtocolOptionsSchema],
  'request id': [UuidRequestIdConfigSchema],
  'retry host predicate': [OmitCanaryHostsPredicateSchema, PreviousHostsPredicateSchema],
  'retry priority': [PreviousPrioritiesConfigSchema],
  'upstream transport socket': [RawBufferSchema, UpstreamTlsContextSchema],
} as const;

/** For JSON of what holds an `Any`, both ways (`createRegistry(...anySchemas)`). */
export const anySchemas: readonly DescMessage[] = [...new Set<DescMessage>(Object.values(extensions).flat())];

export type ExtensionPoint = keyof typeof extensions;
/** Discriminated by `$typeName`. */
export type Extension<Point extends ExtensionPoint> = MessageShape<(typeof extensions)[Point][number]>;

/** undefined after having said why. */
export function unpack<Point extends ExtensionPoint>(
  any: Any | undefined,
  point: Point,
  at: Cursor,
): Extension<Point> | undefined {
  if (any === undefined || any.typeUrl === '') {
    refuse(at, 'missing', `the typed configuration of a ${point} is missing`);
    return undefined;
  }
  const typeName = any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1);
  const types: readonly (typeof extensions)[Point][number][] = extensions[point];
  const type = types.find((each) => each.typeName === typeName);
  if (type === undefined) {
    refuse(at, 'not-yet', `no implementation of a ${point} for the type ${typeName}`);
    return undefined;
  }
  try {
    return fromBinary(type, any.value) as Extension<Point>;
  } catch (error) {
    refuse(at, 'syntax', `bytes are no ${typeName}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
