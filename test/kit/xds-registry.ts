// The messages that stand in an `Any` of what Pilot prints: without them it has no JSON.
import { createRegistry } from '@bufbuild/protobuf';
import { FileAccessLogSchema } from '../../src/proto/gen/envoy/extensions/access_loggers/file/v3/file_pb.ts';
import { CorsSchema } from '../../src/proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { HTTPFaultSchema } from '../../src/proto/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { FilterConfigSchema } from '../../src/proto/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.ts';
import { GrpcWebSchema } from '../../src/proto/gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.ts';
import { RouterSchema } from '../../src/proto/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { HttpInspectorSchema } from '../../src/proto/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.ts';
import { OriginalDstSchema } from '../../src/proto/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.ts';
import { TlsInspectorSchema } from '../../src/proto/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts';
import { HttpConnectionManagerSchema } from '../../src/proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { TcpProxySchema } from '../../src/proto/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts';
import { CaresDnsResolverConfigSchema } from '../../src/proto/gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.ts';
import { UuidRequestIdConfigSchema } from '../../src/proto/gen/envoy/extensions/request_id/uuid/v3/uuid_pb.ts';
import { UpstreamTlsContextSchema } from '../../src/proto/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import { HttpProtocolOptionsSchema } from '../../src/proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';

export const xdsRegistry = createRegistry(
  CaresDnsResolverConfigSchema,
  CorsSchema,
  FileAccessLogSchema,
  FilterConfigSchema,
  GrpcWebSchema,
  HTTPFaultSchema,
  HttpConnectionManagerSchema,
  HttpInspectorSchema,
  HttpProtocolOptionsSchema,
  OriginalDstSchema,
  RouterSchema,
  TcpProxySchema,
  TlsInspectorSchema,
  UpstreamTlsContextSchema,
  UuidRequestIdConfigSchema,
);
