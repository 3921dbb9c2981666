// CDS: all clusters of a proxy. What is alike for a whole class of proxies is composed once for it.
import { type Cluster, ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { Printer } from '../print-cache.ts';
import type { ProxyView } from '../proxy-view.ts';
import type { ViewClass } from '../view/view-class.ts';
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

/** Names are unique. Equal slices of one class are the same object. */
export function clusterSlices(view: ProxyView): ClusterSlice[] {
  const shared = composed.get(view.class) ?? [
    ...outboundTargets(view.class).map(({ cluster }) => cluster),
    ...catchAllClusters(view.model.settings, view.class.type),
  ];
  composed.set(view.class, shared);
  return view.class.type === 'router' ? [...shared] : [...shared, ...inboundClusters(view)];
}

const composed = new WeakMap<ViewClass, readonly ClusterSlice[]>();
