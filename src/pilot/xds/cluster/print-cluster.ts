// Prints a cluster from its slice.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { anyPack, type Any } from '@bufbuild/protobuf/wkt';
import type { CircuitBreakersSchema } from '../../../proto/gen/envoy/config/cluster/v3/circuit_breaker_pb.ts';
import {
  type Cluster,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_DnsLookupFamily as DnsLookupFamily,
  Cluster_LbPolicy as LbPolicy,
  ClusterSchema,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { CaresDnsResolverConfigSchema } from '../../../proto/gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.ts';
import { adsSource } from '../ads-source.ts';
import { printAssignment } from '../endpoint/print-assignment.ts';
import { istioMetadata } from '../istio-metadata.ts';
import { duration } from '../duration.ts';
import { statName } from './cluster-name.ts';
import type { ClusterBalancer, ClusterMetadata, ClusterSlice, Discovery } from './cluster-slice.ts';
import { protocolOptions } from './protocol-options.ts';
import { printUpstreamTls } from './print-upstream-tls.ts';

export function printCluster(slice: ClusterSlice): Cluster {
  const metadata = slice.metadata && istioMetadata(metadataFacts(slice.metadata));
  const options = protocolOptions(slice);
  const { bindAddress, tls } = slice;
  return create(ClusterSchema, {
    name: slice.name,
    altStatName: statName(slice.name),
    connectTimeout: duration(slice.connectTimeoutMs),
    ...discovery(slice.name, slice.discovery),
    ...balancer(slice.loadBalancer),
    ...(slice.circuitBreakers ? { circuitBreakers: noLimits() } : {}),
    ...(options === undefined ? {} : { typedExtensionProtocolOptions: options }),
    ...(tls === undefined ? {} : { transportSocket: printUpstreamTls(tls, slice.upstream === 'http2') }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(bindAddress === ''
      ? {}
      : {
          upstreamBindConfig: {
            sourceAddress: { address: bindAddress, portSpecifier: { case: 'portValue' as const, value: 0 } },
          },
        }),
  });
}

function metadataFacts({
  config,
  subset,
  port,
  external,
  services,
}: ClusterMetadata): Parameters<typeof istioMetadata>[0] {
  return { config, subset, defaultOriginalPort: port, external, services };
}

function type(value: DiscoveryType) {
  return { case: 'type' as const, value };
}

/** About 292 years: the longest that Envoy takes. An inbound cluster's one host would otherwise be forgotten when idle. */
const forever = { seconds: 9_223_372_035n, nanos: 0 };

function discovery(name: string, by: Discovery) {
  switch (by.kind) {
    case 'eds':
      return {
        clusterDiscoveryType: type(DiscoveryType.EDS),
        edsClusterConfig: { serviceName: name, edsConfig: adsSource() },
        commonLbConfig: {},
      };
    case 'static':
      return { clusterDiscoveryType: type(DiscoveryType.STATIC), loadAssignment: printAssignment(by.endpoints) };
    case 'nowhere':
      return { clusterDiscoveryType: type(DiscoveryType.STATIC) };
    case 'strict-dns':
    case 'logical-dns':
      return {
        clusterDiscoveryType: type(by.kind === 'strict-dns' ? DiscoveryType.STRICT_DNS : DiscoveryType.LOGICAL_DNS),
        loadAssignment: printAssignment(by.endpoints),
        dnsLookupFamily: DnsLookupFamily.V4_ONLY,
        dnsRefreshRate: duration(60_000),
        respectDnsTtl: true,
        typedDnsResolverConfig: { name: 'envoy.network.dns_resolver.cares', typedConfig: resolver() },
      };
    case 'original-dst':
      return {
        clusterDiscoveryType: type(DiscoveryType.ORIGINAL_DST),
        ...(by.keepForever ? { cleanupInterval: forever } : {}),
        ...(by.portOverride === undefined
          ? {}
          : { lbConfig: { case: 'originalDstLbConfig' as const, value: { upstreamPortOverride: by.portOverride } } }),
      };
  }
}

/** A socket serves so many queries and is then replaced: one that a dead path swallowed does not stay for good. */
function resolver(): Any {
  return anyPack(CaresDnsResolverConfigSchema, create(CaresDnsResolverConfigSchema, { udpMaxQueries: 100 }));
}

function balancer(by: ClusterBalancer) {
  switch (by.kind) {
    case 'least-request':
      return { lbPolicy: LbPolicy.LEAST_REQUEST };
    case 'round-robin':
      return { lbPolicy: LbPolicy.ROUND_ROBIN };
    case 'random':
      return { lbPolicy: LbPolicy.RANDOM };
    case 'provided':
      return { lbPolicy: LbPolicy.CLUSTER_PROVIDED };
    case 'ring-hash':
      return {
        lbPolicy: LbPolicy.RING_HASH,
        ...(by.minimumRingSize === 0
          ? {}
          : {
              lbConfig: {
                case: 'ringHashLbConfig' as const,
                value: { minimumRingSize: BigInt(by.minimumRingSize) },
              },
            }),
      };
    case 'maglev':
      return {
        lbPolicy: LbPolicy.MAGLEV,
        ...(by.tableSize === undefined
          ? {}
          : { lbConfig: { case: 'maglevLbConfig' as const, value: { tableSize: BigInt(by.tableSize) } } }),
      };
  }
}

const most = 4_294_967_295;

/** Envoy's own limits (1024 connections, 3 retries at once) are none that the mesh asked for. */
function noLimits(): MessageInitShape<typeof CircuitBreakersSchema> {
  return {
    thresholds: [
      { maxConnections: most, maxPendingRequests: most, maxRequests: most, maxRetries: most, trackRemaining: true },
    ],
  };
}
