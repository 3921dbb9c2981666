// Prints a TCP proxy: one cluster or weighted ones, and the access log of its connections.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { FilterSchema } from '../../../proto/gen/envoy/config/listener/v3/listener_components_pb.ts';
import { TcpProxySchema } from '../../../proto/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts';
import { printAccessLog } from './access-log.ts';
import type { AccessLog, TcpProxy } from './listener-slice.ts';

/** A proxy to one cluster. Its statistics are named after the cluster, as Istio's. */
export function tcpProxyTo(cluster: string, accessLog: AccessLog | undefined): TcpProxy {
  return { kind: 'tcp', statPrefix: cluster, clusters: [{ name: cluster, weight: 1 }], hashBySource: false, accessLog };
}

export function printTcpProxy(slice: TcpProxy): MessageInitShape<typeof FilterSchema> {
  const proxy = create(TcpProxySchema, {
    statPrefix: slice.statPrefix,
    clusterSpecifier: clusterSpecifier(slice),
    accessLog: printAccessLog(slice.accessLog),
    hashPolicy: slice.hashBySource ? [{ policySpecifier: { case: 'sourceIp', value: {} } }] : [],
  });
  return {
    name: 'envoy.filters.network.tcp_proxy',
    configType: { case: 'typedConfig', value: anyPack(TcpProxySchema, proxy) },
  };
}

function clusterSpecifier(slice: TcpProxy): NonNullable<MessageInitShape<typeof TcpProxySchema>['clusterSpecifier']> {
  const [only, ...rest] = slice.clusters;
  if (only !== undefined && rest.length === 0) return { case: 'cluster', value: only.name };
  return {
    case: 'weightedClusters',
    value: { clusters: slice.clusters.map(({ name, weight }) => ({ name, weight })) },
  };
}
