// Decodes clusters with weights.
import {
  type WeightedCluster as WeightedMessage,
  type WeightedCluster_ClusterWeight,
  WeightedCluster_ClusterWeightSchema,
  WeightedClusterSchema,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import type { WeightedCluster, WeightedClusters } from '../route-action.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under } from './cursor.ts';
import { headerOperations } from './header-operations.ts';
import { perFilterConfigs } from './http-filters.ts';
import { knownFields } from './known-fields.ts';
import { headerName, headerText, metadata } from './value.ts';

/** `total_weight` is no longer looked at by Envoy; runtime keys are not by us. */
const check = knownFields(WeightedClusterSchema, {
  read: ['clusters', 'randomValueSpecifier'],
  harmless: ['totalWeight', 'runtimeKeyPrefix'],
});
const checkCluster = knownFields(WeightedCluster_ClusterWeightSchema, {
  read: [
    'name',
    'clusterHeader',
    'weight',
    'metadataMatch',
    'requestHeadersToAdd',
    'requestHeadersToRemove',
    'responseHeadersToAdd',
    'responseHeadersToRemove',
    'typedPerFilterConfig',
    'hostRewriteSpecifier',
  ],
});

const mostWeight = 4_294_967_295;

export function weightedClusters(message: WeightedMessage, at: Cursor): WeightedClusters {
  check(message, at);
  const clusters = message.clusters.map((cluster, index) =>
    weightedCluster(cluster, under(under(at, 'clusters'), index)),
  );
  const totalWeight = clusters.reduce((sum, { weight }) => sum + weight, 0);
  if (clusters.length === 0) refuse(under(at, 'clusters'), 'missing', 'value must contain at least 1 item(s)');
  else if (totalWeight === 0) {
    refuse(at, 'out-of-range', 'Sum of weights in the weighted_cluster must be greater than 0.');
  } else if (totalWeight > mostWeight) {
    refuse(at, 'out-of-range', `The sum of weights of all weighted clusters exceeds ${mostWeight}`);
  }
  const { randomValueSpecifier: by } = message;
  return {
    kind: 'weighted-clusters',
    clusters,
    totalWeight,
    randomValueHeader: by.value ? headerName(by.value, under(at, 'header_name')) : undefined,
  };
}

function weightedCluster(message: WeightedCluster_ClusterWeight, at: Cursor): WeightedCluster {
  checkCluster(message, at);
  const rewrite = message.hostRewriteSpecifier.value;
  return {
    target: clusterOrHeader(message.name, message.clusterHeader, at),
    weight: message.weight ?? 0,
    ...headerOperations(message, at),
    hostRewriteLiteral: rewrite ? headerText(rewrite, under(at, 'host_rewrite_literal')) : undefined,
    perFilter: perFilterConfigs(message.typedPerFilterConfig, at),
    metadataMatch: message.metadataMatch && metadata(message.metadataMatch, under(at, 'metadata_match')),
  };
}

/** Exactly one of them is set. */
export function clusterOrHeader(cluster: string, header: string, at: Cursor): WeightedCluster['target'] {
  if (cluster !== '' && header !== '') refuse(at, 'conflict', 'Only one of name or cluster_header can be specified');
  if (cluster === '' && header === '')
    refuse(at, 'missing', 'At least one of name or cluster_header need to be specified');
  return header === ''
    ? { kind: 'cluster', cluster }
    : { kind: 'cluster-header', header: headerName(header, under(at, 'cluster_header')) };
}
