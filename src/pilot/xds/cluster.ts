// CDS: all clusters of a proxy. What is alike for a whole class of proxies is composed once for it.
import { type Cluster, ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { Printer } from '../print-cache.ts';
import type { ProxyView } from '../proxy-view.ts';
import { catchAllClusters } from './cluster/catch-all.ts';
import type { ClusterSlice } from './cluster/cluster-slice.ts';
import { inboundClusters } from './cluster/inbound.ts';
import { outboundTargets } from './cluster/outbound.ts';
import { printCluster } from './cluster/print-cluster.ts';

export const clusterPrinter: Printer<ClusterSlice, typeof ClusterSchema> = {
  schema: ClusterSchema,
  nameOf: ({ name }) => name,
  print: (slice): Cluster => printCluster(slice),
};

/** Names are unique. */
export function clusterSlices(view: ProxyView): ClusterSlice[] {
  const outbound = outboundTargets(view.class).map(({ cluster }) => cluster);
  const catchAll = catchAllClusters(view.model.settings, view.proxy.type);
  return view.proxy.type === 'router'
    ? [...outbound, ...catchAll]
    : [...outbound, ...catchAll, ...inboundClusters(view)];
}
