// Decodes a route's forwarding: clusters, rewrites, timeouts.
import {
  RouteAction_ClusterNotFoundResponseCode as NotFoundCode,
  RouteAction_HashPolicySchema,
  RouteAction_MaxStreamDurationSchema,
  RouteAction_UpgradeConfigSchema,
  RouteActionSchema,
  type RouteAction as ActionMessage,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import { RoutingPriority } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import type {
  ForwardAction,
  HashPolicy,
  HostRewrite,
  MaxStreamDuration,
  PathRewrite,
  RouteTarget,
} from '../route-action.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { latin1 } from './latin1.ts';
import { mirrorPolicies } from './mirror-policies.ts';
import { retryPolicy } from './retry-policy.ts';
import { regexRewrite } from './string-match.ts';
import { durationMs, enumName, headerName, headerText, metadata, requireText } from './value.ts';
import { weightedClusters } from './weighted-clusters.ts';

/** Early data is QUIC's and TLS's. */
const check = knownFields(RouteActionSchema, {
  read: [
    'clusterSpecifier',
    'clusterNotFoundResponseCode',
    'metadataMatch',
    'prefixRewrite',
    'regexRewrite',
    'hostRewriteSpecifier',
    'appendXForwardedHost',
    'timeout',
    'idleTimeout',
    'retryPolicy',
    'requestMirrorPolicies',
    'priority',
    'hashPolicy',
    'maxGrpcTimeout',
    'grpcTimeoutOffset',
    'upgradeConfigs',
    'maxStreamDuration',
  ],
  harmless: ['earlyDataPolicy'],
});
const checkUpgrade = knownFields(RouteAction_UpgradeConfigSchema, {
  read: ['upgradeType', 'enabled', 'connectConfig'],
});
const checkStream = knownFields(RouteAction_MaxStreamDurationSchema, {
  read: ['maxStreamDuration', 'grpcTimeoutHeaderMax', 'grpcTimeoutHeaderOffset'],
});
const checkHash = knownFields(RouteAction_HashPolicySchema, { read: ['policySpecifier', 'terminal'] });

const notFoundStatus = {
  [NotFoundCode.SERVICE_UNAVAILABLE]: 503,
  [NotFoundCode.NOT_FOUND]: 404,
  [NotFoundCode.INTERNAL_SERVER_ERROR]: 500,
} as const;
const priorities = { [RoutingPriority.DEFAULT]: 'default', [RoutingPriority.HIGH]: 'high' } as const;

export function forwardAction(message: ActionMessage, at: Cursor): ForwardAction {
  check(message, at);
  return {
    kind: 'forward',
    target: routeTarget(message, at),
    clusterNotFoundStatus: enumName(
      notFoundStatus,
      message.clusterNotFoundResponseCode,
      under(at, 'cluster_not_found_response_code'),
    ),
    pathRewrite: pathRewrite(message, at),
    hostRewrite: hostRewrite(message, at),
    appendXForwardedHost: message.appendXForwardedHost,
    timeoutMs: durationMs(message.timeout, under(at, 'timeout')) ?? 15_000,
    idleTimeoutMs: durationMs(message.idleTimeout, under(at, 'idle_timeout')),
    maxStreamDuration: maxStreamDuration(message.maxStreamDuration, under(at, 'max_stream_duration')),
    maxGrpcTimeoutMs: durationMs(message.maxGrpcTimeout, under(at, 'max_grpc_timeout')),
    grpcTimeoutOffsetMs: durationMs(message.grpcTimeoutOffset, under(at, 'grpc_timeout_offset')),
    retryPolicy: message.retryPolicy && retryPolicy(message.retryPolicy, under(at, 'retry_policy')),
    mirrors: mirrorPolicies(message.requestMirrorPolicies, at),
    hashPolicies: hashPolicies(message.hashPolicy, under(at, 'hash_policy')),
    priority: enumName(priorities, message.priority, under(at, 'priority')),
    upgrades: upgrades(message.upgradeConfigs, under(at, 'upgrade_configs')),
    metadataMatch: message.metadataMatch && metadata(message.metadataMatch, under(at, 'metadata_match')),
  };
}

function routeTarget({ clusterSpecifier: by }: ActionMessage, at: Cursor): RouteTarget {
  switch (by.case) {
    case 'cluster':
      return { kind: 'cluster', cluster: requireText(by.value, under(at, 'cluster')) };
    case 'clusterHeader':
      return { kind: 'cluster-header', header: headerName(by.value, under(at, 'cluster_header')) };
    case 'weightedClusters':
      return weightedClusters(by.value, under(at, 'weighted_clusters'));
    case 'clusterSpecifierPlugin':
    case 'inlineClusterSpecifierPlugin':
      notYet(under(at, 'cluster_specifier'), 'a cluster specifier plugin');
      break;
    case undefined:
      refuse(under(at, 'cluster_specifier'), 'missing', 'value is required');
  }
  return { kind: 'cluster', cluster: '' };
}

function pathRewrite(message: ActionMessage, at: Cursor): PathRewrite | undefined {
  const { prefixRewrite, regexRewrite: regex } = message;
  if (prefixRewrite !== '' && regex !== undefined) {
    refuse(at, 'conflict', 'Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy');
  }
  if (regex !== undefined) return { kind: 'regex', ...regexRewrite(regex, under(at, 'regex_rewrite')) };
  return prefixRewrite === ''
    ? undefined
    : { kind: 'prefix', value: headerText(prefixRewrite, under(at, 'prefix_rewrite')) };
}

/** An empty literal or header, and `auto_host_rewrite: false`, rewrite nothing. */
function hostRewrite({ hostRewriteSpecifier: by }: ActionMessage, at: Cursor): HostRewrite | undefined {
  switch (by.case) {
    case undefined:
      return undefined;
    case 'autoHostRewrite':
      return by.value.value ? { kind: 'auto' } : undefined;
    case 'hostRewriteLiteral':
      if (by.value === '') return undefined;
      return { kind: 'literal', value: headerText(by.value, under(at, 'host_rewrite_literal')) };
    case 'hostRewriteHeader':
      if (by.value === '') return undefined;
      return { kind: 'header', header: headerName(by.value, under(at, 'host_rewrite_header')) };
    case 'hostRewritePathRegex':
      return { kind: 'path-regex', ...regexRewrite(by.value, under(at, 'host_rewrite_path_regex')) };
  }
}

function maxStreamDuration(message: ActionMessage['maxStreamDuration'], at: Cursor): MaxStreamDuration | undefined {
  if (message === undefined) return undefined;
  checkStream(message, at);
  return {
    maxMs: durationMs(message.maxStreamDuration, under(at, 'max_stream_duration')),
    grpcTimeoutHeaderMaxMs: durationMs(message.grpcTimeoutHeaderMax, under(at, 'grpc_timeout_header_max')),
    grpcTimeoutHeaderOffsetMs: durationMs(message.grpcTimeoutHeaderOffset, under(at, 'grpc_timeout_header_offset')),
  };
}

function upgrades(messages: ActionMessage['upgradeConfigs'], at: Cursor): ForwardAction['upgrades'] {
  const byType: Map<string, { enabled: boolean; connect: { allowPost: boolean } | undefined }> = new Map();
  for (const [index, message] of messages.entries()) {
    const where = under(at, index);
    checkUpgrade(message, where);
    const { enabled, connectConfig: connect } = message;
    const type = requireText(message.upgradeType, under(where, 'upgrade_type')).toLowerCase();
    headerText(type, under(where, 'upgrade_type'));
    if (byType.has(type)) refuse(where, 'duplicate', `Duplicate upgrade ${type}`);
    if (connect !== undefined && type !== 'connect') {
      refuse(under(where, 'connect_config'), 'bad-value', `Non-CONNECT upgrade type ${type} has ConnectConfig`);
    }
    if (connect?.proxyProtocolConfig !== undefined) notYet(under(where, 'connect_config'), 'the PROXY protocol');
    byType.set(type, { enabled: enabled ?? true, connect: connect && { allowPost: connect.allowPost } });
  }
  return byType;
}

function hashPolicies(messages: ActionMessage['hashPolicy'], at: Cursor): HashPolicy[] {
  const policies: HashPolicy[] = [];
  for (const [index, message] of messages.entries()) {
    const where = under(at, index);
    checkHash(message, where);
    const policy = hashPolicy(message, where);
    if (policy !== undefined) policies.push(policy);
  }
  return policies;
}

/** undefined for one without effect, or after having said what is wrong. */
function hashPolicy(
  { policySpecifier: by, terminal }: ActionMessage['hashPolicy'][number],
  at: Cursor,
): HashPolicy | undefined {
  switch (by.case) {
    case 'header': {
      const where = under(at, 'header');
      const header = headerName(by.value.headerName, under(where, 'header_name'));
      const rewrite = by.value.regexRewrite && regexRewrite(by.value.regexRewrite, under(where, 'regex_rewrite'));
      return { kind: 'header', header, rewrite, terminal };
    }
    case 'cookie': {
      const where = under(at, 'cookie');
      const { name, ttl, path, attributes } = by.value;
      for (const attribute of attributes) headerName(attribute.name, under(where, 'attributes'));
      return {
        kind: 'cookie',
        cookie: latin1(requireText(name, under(where, 'name'))),
        ttlMs: durationMs(ttl, under(where, 'ttl')),
        path: latin1(path),
        attributes: attributes.map((attribute) => ({
          name: latin1(attribute.name),
          value: headerText(attribute.value, under(where, 'attributes')),
        })),
        terminal,
      };
    }
    case 'connectionProperties':
      return by.value.sourceIp ? { kind: 'source-ip', terminal } : undefined;
    case 'queryParameter':
      return {
        kind: 'query-parameter',
        name: latin1(requireText(by.value.name, under(under(at, 'query_parameter'), 'name'))),
        terminal,
      };
    case 'filterState':
      notYet(under(at, 'filter_state'), 'a hash of filter state');
      return undefined;
    case undefined:
      refuse(under(at, 'policy_specifier'), 'missing', 'value is required');
      return undefined;
  }
}
