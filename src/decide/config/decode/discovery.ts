// Decodes how a cluster's endpoints are found.
import {
  type Cluster as ClusterMessage,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_DnsLookupFamily as LookupFamily,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { Discovery, DnsSettings } from '../cluster.ts';
import type { LoadAssignment } from '../endpoint.ts';
import { unpack } from './any-types.ts';
import { checkConfigSource } from './config-source.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { loadAssignment } from './endpoint.ts';
import { atLeastMs, enumName, headerName, positiveMs, requireText } from './value.ts';

export function discovery(message: ClusterMessage, at: Cursor): Discovery {
  const { clusterDiscoveryType: by } = message;
  if (by.case === 'clusterType') {
    notYet(under(at, 'cluster_type'), 'a custom type of cluster');
    return { kind: 'static', assignment: noEndpoints };
  }
  if (message.edsClusterConfig !== undefined && by.value !== DiscoveryType.EDS) {
    refuse(under(at, 'eds_cluster_config'), 'conflict', 'eds_cluster_config set in a non-EDS cluster');
  }
  // What the type has no use for is held against the rules too.
  const dns = dnsSettings(message, at);
  const cleanupIntervalMs = positiveMs(message.cleanupInterval, under(at, 'cleanup_interval')) ?? 5000;
  switch (by.value) {
    case undefined:
    case DiscoveryType.STATIC:
      return { kind: 'static', assignment: endpoints(message, at, 'ip') };
    case DiscoveryType.STRICT_DNS:
      return { kind: 'strict-dns', assignment: endpoints(message, at, 'names'), dns };
    case DiscoveryType.LOGICAL_DNS:
      return logicalDns(message, dns, at);
    case DiscoveryType.EDS:
      endpoints(message, at, 'names');
      return eds(message, under(at, 'eds_cluster_config'));
    case DiscoveryType.ORIGINAL_DST:
      return originalDst(message, cleanupIntervalMs, at);
    default:
      refuse(under(at, 'type'), 'bad-enum', 'value must be one of the defined enum values');
      return { kind: 'static', assignment: noEndpoints };
  }
}

const noEndpoints: LoadAssignment = { cluster: '', localities: [], overprovisioningPercent: 140, drops: [] };

function endpoints({ loadAssignment: message }: ClusterMessage, at: Cursor, hosts: 'ip' | 'names'): LoadAssignment {
  return message === undefined ? noEndpoints : loadAssignment(message, under(at, 'load_assignment'), hosts);
}

function logicalDns(message: ClusterMessage, dns: DnsSettings, at: Cursor): Discovery {
  const assignment = endpoints(message, at, 'names');
  if (assignment.localities.length !== 1 || assignment.localities[0]?.endpoints.length !== 1) {
    const problem = 'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint';
    refuse(under(at, 'load_assignment'), 'bad-value', problem);
  }
  return { kind: 'logical-dns', assignment, dns };
}

function eds({ name, edsClusterConfig: config }: ClusterMessage, at: Cursor): Discovery {
  if (config?.edsConfig === undefined) {
    refuse(under(at, 'eds_config'), 'missing', 'cannot create an EDS cluster without an EDS config');
  } else checkConfigSource(config.edsConfig, under(at, 'eds_config'));
  return { kind: 'eds', serviceName: config?.serviceName || name };
}

function originalDst(message: ClusterMessage, cleanupIntervalMs: number, at: Cursor): Discovery {
  if (message.loadAssignment !== undefined) {
    const problem = 'ORIGINAL_DST clusters must have no load assignment configured';
    refuse(under(at, 'load_assignment'), 'conflict', problem);
  }
  const where = under(at, 'original_dst_lb_config');
  const config = message.lbConfig.case === 'originalDstLbConfig' ? message.lbConfig.value : undefined;
  if (config?.useHttpHeader === true) notYet(under(where, 'use_http_header'), 'an address from a header');
  if (config?.metadataKey !== undefined) notYet(under(where, 'metadata_key'), 'an address from metadata');
  const headerAt = under(where, 'http_header_name');
  return {
    kind: 'original-dst',
    addressHeader:
      config?.useHttpHeader === true
        ? headerName(config.httpHeaderName, headerAt, 'optional') || 'x-envoy-original-dst-host'
        : undefined,
    portOverride: config?.upstreamPortOverride,
    cleanupIntervalMs,
  };
}

const families = {
  [LookupFamily.AUTO]: 'auto',
  [LookupFamily.V4_ONLY]: 'v4-only',
  [LookupFamily.V6_ONLY]: 'v6-only',
  [LookupFamily.V4_PREFERRED]: 'v4-preferred',
  [LookupFamily.ALL]: 'all',
} as const;

function dnsSettings(message: ClusterMessage, at: Cursor): DnsSettings {
  checkResolver(message, at);
  const refreshAt = under(at, 'dns_refresh_rate');
  return {
    lookupFamily: enumName(families, message.dnsLookupFamily, under(at, 'dns_lookup_family')),
    refreshRateMs: atLeastMs(message.dnsRefreshRate, refreshAt, 'above 1') ?? 5000,
    failureRefresh: failureRefresh(message, under(at, 'dns_failure_refresh_rate')),
    respectTtl: message.respectDnsTtl,
  };
}

/** How the library asks is its own affair; whom it asks is not. */
function checkResolver({ typedDnsResolverConfig: config }: ClusterMessage, parent: Cursor): void {
  if (config === undefined) return;
  requireText(config.name, under(under(parent, 'typed_dns_resolver_config'), 'name'));
  const at = under(under(parent, 'typed_dns_resolver_config'), 'typed_config');
  if (config.typedConfig === undefined) refuse(at, 'missing', 'value is required');
  // Empty, it names the default.
  if (config.typedConfig === undefined || config.typedConfig.typeUrl === '') return;
  const extension = unpack(config.typedConfig, 'DNS resolver', at);
  if (extension?.$typeName !== 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig') return;
  if (extension.resolvers.length > 0) notYet(under(at, 'resolvers'), 'resolvers of its own');
}

function failureRefresh(message: ClusterMessage, at: Cursor): DnsSettings['failureRefresh'] {
  const { dnsFailureRefreshRate: rate, clusterDiscoveryType: by } = message;
  if (rate === undefined) return undefined;
  if (rate.baseInterval === undefined) refuse(under(at, 'base_interval'), 'missing', 'value is required');
  const baseMs = atLeastMs(rate.baseInterval, under(at, 'base_interval'), 'above 1') ?? 0;
  const maxMs = atLeastMs(rate.maxInterval, under(at, 'max_interval'), 'above 1') ?? baseMs * 10;
  const isDns = by.value === DiscoveryType.STRICT_DNS || by.value === DiscoveryType.LOGICAL_DNS;
  if (isDns && maxMs < baseMs) {
    const problem = 'dns_failure_refresh_rate must have max_interval >= base_interval';
    refuse(under(at, 'max_interval'), 'conflict', problem);
  }
  return { baseMs, maxMs };
}
