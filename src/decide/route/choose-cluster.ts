// Which cluster a route sends a request to: the one it names, the one a header names, or one of several by weight.
import type { ForwardAction, WeightedCluster, WeightedClusters } from '../config/route-action.ts';
import type { Metadata } from '../config/value.ts';
import { unsignedInteger } from '../match/ascii.ts';
import { type RequestView, requestHeader } from '../request-view.ts';
import type { TraceSink } from '../trace.ts';

export interface ClusterChoice {
  /** Empty if the header that should name it is missing: no such cluster exists. */
  readonly cluster: string;
  /** Its own header operations, filters and host rewrite come on top of the route's. */
  readonly weighted: WeightedCluster | undefined;
  readonly metadataMatch: Metadata | undefined;
}

/** `randomValue` is the stream's, so that a choice stays the same when it is made again. */
export function chooseCluster(
  action: ForwardAction,
  request: RequestView,
  randomValue: number,
  trace?: TraceSink,
): ClusterChoice {
  const { target, metadataMatch } = action;
  if (target.kind === 'weighted-clusters') return chooseWeighted(action, target, { request, randomValue, trace });
  const cluster = clusterName(target, request);
  trace?.({ decision: 'cluster', subject: cluster, chosen: true, reason: reasonOf(target) });
  return { cluster, weighted: undefined, metadataMatch };
}

type SingleTarget = WeightedCluster['target'];

/** Of a header with several values the first counts. */
export function clusterName(target: SingleTarget, request: RequestView): string {
  return target.kind === 'cluster' ? target.cluster : (namedHeader(request, target.header) ?? '');
}

function namedHeader(request: RequestView, name: string): string | undefined {
  return name.startsWith(':') ? requestHeader(request, name) : request.headers.get(name);
}

function reasonOf(target: SingleTarget): string {
  return target.kind === 'cluster' ? 'the only one' : `header ${target.header}`;
}

interface Draw {
  readonly request: RequestView;
  readonly randomValue: number;
  readonly trace: TraceSink | undefined;
}

function chooseWeighted(action: ForwardAction, target: WeightedClusters, draw: Draw): ClusterChoice {
  const drawn = modulo(target, draw);
  const weighted = clusterAt(target, drawn);
  const cluster = clusterName(weighted.target, draw.request);
  const reason = `weight ${weighted.weight} of ${target.totalWeight}, drew ${drawn}`;
  draw.trace?.({ decision: 'cluster', subject: cluster, chosen: true, reason });
  return { cluster, weighted, metadataMatch: mergeMatch(action.metadataMatch, weighted.metadataMatch) };
}

/** The header's number stands instead of the random one if there is exactly one value and it is a number. */
function modulo({ randomValueHeader, totalWeight }: WeightedClusters, { request, randomValue }: Draw): number {
  if (randomValueHeader !== undefined) {
    const values = request.headers.getAll(randomValueHeader);
    const [value] = values;
    if (values.length === 1 && value !== undefined && unsignedInteger(value) !== undefined) {
      const number = BigInt(value.trim().replace('+', ''));
      if (number <= 0xffff_ffff_ffff_ffffn) return Number(number % BigInt(totalWeight));
    }
  }
  return randomValue % totalWeight;
}

function clusterAt({ clusters }: WeightedClusters, drawn: number): WeightedCluster {
  let end = 0;
  for (const cluster of clusters) {
    end += cluster.weight;
    if (drawn < end) return cluster;
  }
  return clusters.at(-1)!;
}

function mergeMatch(route: Metadata | undefined, cluster: Metadata | undefined): Metadata | undefined {
  if (cluster === undefined || route === undefined) return cluster ?? route;
  return { ...route, 'envoy.lb': { ...route['envoy.lb'], ...cluster['envoy.lb'] } };
}
