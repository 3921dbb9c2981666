// Decodes the TCP proxy.
import {
  TcpProxy_WeightedClusterSchema,
  TcpProxySchema,
  type TcpProxy as ProxyMessage,
} from '../../../proto/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts';
import type { TcpProxy, TcpTarget } from '../tcp-proxy.ts';
import { accessLogs } from './access-log.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { atLeastMs, durationMs, inRange, metadata, requireText } from './value.ts';

const check = knownFields(TcpProxySchema, {
  read: [
    'statPrefix',
    'clusterSpecifier',
    'metadataMatch',
    'idleTimeout',
    'accessLog',
    'maxConnectAttempts',
    'hashPolicy',
    'maxDownstreamConnectionDuration',
  ],
});
const checkWeighted = knownFields(TcpProxy_WeightedClusterSchema, { read: ['clusters'] });

export function tcpProxy(message: ProxyMessage, at: Cursor): TcpProxy {
  check(message, at);
  const durationAt = under(at, 'max_downstream_connection_duration');
  return {
    statPrefix: requireText(message.statPrefix, under(at, 'stat_prefix')),
    target: tcpTarget(message, at),
    idleTimeoutMs: durationMs(message.idleTimeout, under(at, 'idle_timeout')) ?? 3_600_000,
    maxConnectionDurationMs: atLeastMs(message.maxDownstreamConnectionDuration, durationAt, 1) ?? 0,
    maxConnectAttempts: inRange(message.maxConnectAttempts ?? 1, 1, 0xffff_ffff, under(at, 'max_connect_attempts')),
    hashSourceIp: hashSourceIp(message, under(at, 'hash_policy')),
    metadataMatch: message.metadataMatch && metadata(message.metadataMatch, under(at, 'metadata_match')),
    accessLogs: accessLogs(message.accessLog, under(at, 'access_log')),
  };
}

function tcpTarget({ clusterSpecifier: by }: ProxyMessage, at: Cursor): TcpTarget {
  switch (by.case) {
    case 'cluster':
      return { kind: 'cluster', cluster: by.value };
    case 'weightedClusters': {
      const where = under(under(at, 'weighted_clusters'), 'clusters');
      checkWeighted(by.value, under(at, 'weighted_clusters'));
      if (by.value.clusters.length === 0) refuse(where, 'missing', 'value must contain at least 1 item(s)');
      const clusters = by.value.clusters.map(({ name, weight, metadataMatch }, index) => {
        const item = under(where, index);
        return {
          cluster: requireText(name, under(item, 'name')),
          weight: inRange(weight, 1, 0xffff_ffff, under(item, 'weight')),
          metadataMatch: metadataMatch && metadata(metadataMatch, under(item, 'metadata_match')),
        };
      });
      return {
        kind: 'weighted-clusters',
        clusters,
        totalWeight: clusters.reduce((sum, { weight }) => sum + weight, 0),
      };
    }
    case undefined:
      refuse(under(at, 'cluster_specifier'), 'missing', 'value is required');
      return { kind: 'cluster', cluster: '' };
  }
}

function hashSourceIp({ hashPolicy: [policy, ...others] }: ProxyMessage, at: Cursor): boolean {
  if (others.length > 0) refuse(at, 'out-of-range', 'value must contain no more than 1 item(s)');
  const by = policy?.policySpecifier.case;
  if (policy !== undefined && by === undefined) refuse(under(at, 0), 'missing', 'value is required');
  if (by === 'filterState') notYet(under(at, 0), 'a hash of filter state');
  return by === 'sourceIp';
}
