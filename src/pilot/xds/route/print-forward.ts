// Prints where a request goes on to: clusters with weights, rewrites, timeout, retries, mirrors and the hash to balance by.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HashKey } from '../../../model/traffic-policy.ts';
import type {
  RouteActionSchema,
  WeightedCluster_ClusterWeightSchema,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import { duration } from '../duration.ts';
import { authorityOf, printHeaders } from './print-headers.ts';
import { always, percent } from './print-filters.ts';
import { printRetries } from './print-retry.ts';
import type { ForwardSlice, TargetSlice } from './route-slice.ts';

type RouteAction = MessageInitShape<typeof RouteActionSchema>;
type Timeouts = Readonly<Record<'timeout' | 'maxGrpcTimeout', ReturnType<typeof duration>>>;
type UriRewrite = {
  readonly prefixRewrite?: string;
  readonly regexRewrite?: { pattern: { regex: string }; substitution: string };
};

/** `authority` is the Host that the rule's own header operations set. */
export function printForward(slice: ForwardSlice, authority: string): RouteAction {
  const [only, ...others] = slice.targets;
  const single = others.length === 0 ? only : undefined;
  const host = slice.rewrite?.authority || authority || authorityOf(single?.headers);
  const retryPolicy = printRetries(slice.retries, single?.hash !== undefined);
  return {
    ...timeouts(slice.timeoutMs),
    ...rewriteUri(slice.rewrite),
    ...(host !== '' && { hostRewriteSpecifier: { case: 'hostRewriteLiteral', value: host } }),
    clusterSpecifier:
      single === undefined
        ? { case: 'weightedClusters', value: { clusters: slice.targets.map(clusterWeight) } }
        : { case: 'cluster', value: single.cluster },
    hashPolicy: slice.targets.flatMap(({ hash }) => (hash === undefined ? [] : [printHash(hash)])),
    requestMirrorPolicies: slice.mirrors.map((mirror) => ({
      cluster: mirror.cluster,
      runtimeFraction: { defaultValue: mirror.percent === undefined ? always : percent(mirror.percent) },
      traceSampled: false,
    })),
    ...(retryPolicy !== undefined && { retryPolicy }),
  };
}

/** To a service of its own, with the default retries. */
export function printDefaultForward(cluster: string, hash: HashKey | undefined): RouteAction {
  const retryPolicy = printRetries(undefined, false);
  return {
    ...timeouts(undefined),
    clusterSpecifier: { case: 'cluster', value: cluster },
    hashPolicy: hash === undefined ? [] : [printHash(hash)],
    ...(retryPolicy !== undefined && { retryPolicy }),
  };
}

/** 0 switches off Envoy's 15 s. A client's grpc-timeout holds up to the same limit. */
export function timeouts(timeoutMs: number | undefined): Timeouts {
  return { timeout: duration(timeoutMs ?? 0), maxGrpcTimeout: duration(timeoutMs ?? 0) };
}

function rewriteUri(rewrite: ForwardSlice['rewrite']): UriRewrite {
  if (rewrite?.uriRegex !== undefined) {
    const { match, rewrite: substitution } = rewrite.uriRegex;
    return { regexRewrite: { pattern: { regex: match }, substitution } };
  }
  return rewrite === undefined || rewrite.uri === '' ? {} : { prefixRewrite: rewrite.uri };
}

function clusterWeight(target: TargetSlice): MessageInitShape<typeof WeightedCluster_ClusterWeightSchema> {
  const authority = authorityOf(target.headers);
  return {
    name: target.cluster,
    weight: target.weight,
    ...printHeaders(target.headers),
    ...(authority !== '' && { hostRewriteSpecifier: { case: 'hostRewriteLiteral', value: authority } }),
  };
}

function printHash(key: HashKey): NonNullable<RouteAction['hashPolicy']>[number] {
  switch (key.kind) {
    case 'header':
      return { policySpecifier: { case: 'header', value: { headerName: key.name } } };
    case 'cookie': {
      const ttl = key.ttlMs === undefined ? {} : { ttl: duration(key.ttlMs) };
      return { policySpecifier: { case: 'cookie', value: { name: key.name, path: key.path, ...ttl } } };
    }
    case 'source-ip':
      return { policySpecifier: { case: 'connectionProperties', value: { sourceIp: true } } };
    case 'query':
      return { policySpecifier: { case: 'queryParameter', value: { name: key.name } } };
  }
}
