// Prints an HTTP connection manager with Istio's settings: headers and trust by side, path normalisation, filters in order.
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { FilterSchema } from '../../../proto/gen/envoy/config/listener/v3/listener_components_pb.ts';
import { CorsSchema } from '../../../proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { HTTPFaultSchema } from '../../../proto/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { FilterConfigSchema as GrpcStatsSchema } from '../../../proto/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.ts';
import { GrpcWebSchema } from '../../../proto/gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.ts';
import { RouterSchema } from '../../../proto/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import {
  type HttpConnectionManager,
  HttpConnectionManager_ForwardClientCertDetails as ForwardClientCert,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes,
  HttpConnectionManagerSchema,
  type HttpFilterSchema,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { UuidRequestIdConfigSchema } from '../../../proto/gen/envoy/extensions/request_id/uuid/v3/uuid_pb.ts';
import { adsSource } from '../ads-source.ts';
import { duration } from '../duration.ts';
import { printAccessLog } from './access-log.ts';
import { inboundRouteConfiguration } from './inbound-route.ts';
import type { HttpManager } from './listener-slice.ts';

type ManagerInit = MessageInitShape<typeof HttpConnectionManagerSchema>;

export function printHttpManager(slice: HttpManager): MessageInitShape<typeof FilterSchema> {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    configType: { case: 'typedConfig', value: anyPack(HttpConnectionManagerSchema, httpManager(slice)) },
  };
}

function httpManager(slice: HttpManager): HttpConnectionManager {
  return create(HttpConnectionManagerSchema, {
    statPrefix: slice.statPrefix,
    routeSpecifier: routeSpecifier(slice),
    httpFilters: httpFilters(slice),
    accessLog: printAccessLog(slice.accessLog),
    useRemoteAddress: slice.side === 'gateway',
    streamIdleTimeout: duration(0),
    // No tracer is named, so that nothing is recorded. But only with tracing does Envoy take `x-envoy-decorator-operation` for its
    // own: set towards other sidecars, removed before the application.
    tracing: { clientSampling: { value: 100 }, randomSampling: { value: 1 }, overallSampling: { value: 100 } },
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    requestIdExtension: {
      typedConfig: anyPack(
        UuidRequestIdConfigSchema,
        create(UuidRequestIdConfigSchema, { useRequestIdForTraceSampling: true }),
      ),
    },
    ...pathHandling(slice),
    ...trustOf(slice.side),
  });
}

function routeSpecifier(slice: HttpManager): NonNullable<ManagerInit['routeSpecifier']> {
  return slice.routes.kind === 'rds'
    ? { case: 'rds', value: { configSource: adsSource(), routeConfigName: slice.routes.name } }
    : { case: 'routeConfig', value: inboundRouteConfiguration(slice.routes) };
}

/** MeshConfig.pathNormalization. Escaped slashes stay as they are unless the mesh asks to decode them. */
function pathHandling(slice: HttpManager) {
  const decode = slice.pathNormalization === 'decode-and-merge-slashes';
  return {
    normalizePath: slice.pathNormalization !== 'none',
    mergeSlashes: decode || slice.pathNormalization === 'merge-slashes',
    pathWithEscapedSlashesAction: decode ? EscapedSlashes.UNESCAPE_AND_FORWARD : EscapedSlashes.KEEP_UNCHANGED,
  };
}

/**
 * What is believed of a client's certificate header, and the server's name. An application's own claim is dropped where it
 * leaves the pod; a gateway replaces it by what it saw; at the receiving side the chain is extended.
 */
function trustOf(side: HttpManager['side']) {
  switch (side) {
    case 'outbound':
      return {};
    case 'inbound':
      return {
        serverName: 'istio-envoy',
        forwardClientCertDetails: ForwardClientCert.APPEND_FORWARD,
        setCurrentClientCertDetails: { subject: true, dns: true, uri: true },
      };
    case 'gateway':
      return {
        serverName: 'istio-envoy',
        forwardClientCertDetails: ForwardClientCert.SANITIZE_SET,
        setCurrentClientCertDetails: { subject: true, cert: true, dns: true, uri: true },
        httpProtocolOptions: {},
      };
  }
}

/** In Istio's order: what routes configure per route (fault, cors) has to be in the chain; the router is last. */
function httpFilters(slice: HttpManager): MessageInitShape<typeof HttpFilterSchema>[] {
  return [
    ...(slice.grpcWeb ? [httpFilter('envoy.filters.http.grpc_web', GrpcWebSchema, {})] : []),
    httpFilter('envoy.filters.http.grpc_stats', GrpcStatsSchema, {
      emitFilterState: true,
      perMethodStatSpecifier: { case: 'statsForAllMethods', value: { value: false } },
    }),
    httpFilter('envoy.filters.http.fault', HTTPFaultSchema, {}),
    httpFilter('envoy.filters.http.cors', CorsSchema, {}),
    httpFilter('envoy.filters.http.router', RouterSchema, {}),
  ];
}

function httpFilter<Desc extends DescMessage>(
  name: string,
  schema: Desc,
  init: MessageInitShape<Desc>,
): MessageInitShape<typeof HttpFilterSchema> {
  return { name, configType: { case: 'typedConfig', value: anyPack(schema, create(schema, init)) } };
}
