// EDS: the endpoints of every cluster that asks for them over ADS.
import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from '../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import type { Printer } from '../print-cache.ts';
import type { ProxyView } from '../proxy-view.ts';
import type { ViewClass } from '../view/view-class.ts';
import { outboundTargets } from './cluster/outbound.ts';
import type { AssignmentSlice } from './endpoint/assignment-slice.ts';
import { printAssignment } from './endpoint/print-assignment.ts';

export const endpointPrinter: Printer<AssignmentSlice, typeof ClusterLoadAssignmentSchema> = {
  schema: ClusterLoadAssignmentSchema,
  nameOf: ({ name }) => name,
  print: (slice): ClusterLoadAssignment => printAssignment(slice),
};

const assigned = new WeakMap<ViewClass, readonly AssignmentSlice[]>();

/**
 * One for each cluster of kind EDS, empty where nothing is ready: a cluster that got no answer would warm for ever. The same list
 * for all proxies of a class.
 */
export function endpointSlices(view: ProxyView): readonly AssignmentSlice[] {
  const known =
    assigned.get(view.class) ??
    outboundTargets(view.class).flatMap(({ cluster, assignment }) =>
      cluster.discovery.kind === 'eds' ? [assignment()] : [],
    );
  assigned.set(view.class, known);
  return known;
}
