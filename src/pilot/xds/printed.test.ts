// Goldens of printed listeners and clusters, field by field, as Envoy reads them. `testdata/printed/mesh.yaml` has the manifests.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createRegistry, type DescMessage, type JsonValue, toJson } from '@bufbuild/protobuf';
import { assertGolden } from '../../../test/kit/golden.ts';
import { modelFromYaml, proxyNode } from '../../../test/kit/model-from-yaml.ts';
import { FileAccessLogSchema } from '../../proto/gen/envoy/extensions/access_loggers/file/v3/file_pb.ts';
import { CorsSchema } from '../../proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
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
import { UpstreamTlsContextSchema } from '../../proto/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import { HttpProtocolOptionsSchema } from '../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import type { Printer } from '../print-cache.ts';
import { createViews, type ProxyView } from '../proxy-view.ts';
import { clusterPrinter, clusterSlices } from './cluster.ts';
import { endpointPrinter, endpointSlices } from './endpoint.ts';
import { listenerPrinter, listenerSlices } from './listener.ts';

const registry = createRegistry(
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

const manifests = readFileSync(new URL('testdata/printed/mesh.yaml', import.meta.url), 'utf8');
const log = { accessLogFile: '/dev/stdout' };

function viewOf(type: 'sidecar' | 'router'): ProxyView {
  const model = modelFromYaml(manifests, log);
  const sidecar = { name: 'frontend', namespace: 'shop', labels: { app: 'frontend' } };
  const labels = { app: 'gateway', istio: 'ingressgateway' };
  const router = { name: 'gateway', namespace: 'edge', labels, type, address: '10.1.0.9' };
  return createViews(model)(proxyNode(type === 'router' ? router : sidecar));
}

/** The named ones, in that order. */
function printed<Slice, Desc extends DescMessage>(
  printer: Printer<Slice, Desc>,
  slices: readonly Slice[],
  names: readonly string[],
): JsonValue[] {
  return names.map((name) => {
    const slice = slices.find((each) => printer.nameOf(each) === name);
    assert.ok(slice !== undefined, `no ${name} among ${slices.map((each) => printer.nameOf(each)).join(' ')}`);
    return toJson(printer.schema, printer.print(slice), { registry, useProtoFieldName: true });
  });
}

const golden = (name: string, values: readonly JsonValue[]): void =>
  assertGolden(import.meta.url, `printed/${name}.json`, `${JSON.stringify(values, undefined, 1)}\n`);

test('outbound listeners', () => {
  const names = ['0.0.0.0_9080', '10.2.0.2_9000', '10.2.0.2_7070', '0.0.0.0_443', 'virtualOutbound'];
  golden('outbound', printed(listenerPrinter, listenerSlices(viewOf('sidecar')), names));
});

test('inbound listener', () => {
  golden('inbound', printed(listenerPrinter, listenerSlices(viewOf('sidecar')), ['virtualInbound']));
});

test('gateway listener', () => {
  golden('gateway', printed(listenerPrinter, listenerSlices(viewOf('router')), ['0.0.0.0_8080']));
});

test('clusters', () => {
  const names = [
    'outbound|9080||reviews.shop.svc.cluster.local',
    'outbound|9080|v1|reviews.shop.svc.cluster.local',
    'outbound|7070||orders.shop.svc.cluster.local',
    'outbound|8082||orders.shop.svc.cluster.local',
    'outbound|443||out.example',
    'outbound|80||out.example',
    'inbound|8080||',
    'BlackHoleCluster',
    'PassthroughCluster',
    'InboundPassthroughCluster',
  ];
  golden('clusters', printed(clusterPrinter, clusterSlices(viewOf('sidecar')), names));
});

test('endpoints', () => {
  const names = ['outbound|9080||reviews.shop.svc.cluster.local', 'outbound|9080|v1|reviews.shop.svc.cluster.local'];
  golden('endpoints', printed(endpointPrinter, endpointSlices(viewOf('sidecar')), names));
});
