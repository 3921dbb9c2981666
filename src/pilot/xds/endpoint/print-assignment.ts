// Prints a ClusterLoadAssignment.
import { create } from '@bufbuild/protobuf';
import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from '../../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { socketAddress } from '../socket-address.ts';
import type { AssignmentSlice } from './assignment-slice.ts';

/** A locality weighs what its endpoints weigh, so that traffic spreads over endpoints and not over places. */
export function printAssignment(slice: AssignmentSlice): ClusterLoadAssignment {
  return create(ClusterLoadAssignmentSchema, {
    clusterName: slice.name,
    endpoints: slice.localities.map(({ locality, endpoints }) => ({
      locality,
      loadBalancingWeight: endpoints.reduce((sum, { weight }) => sum + weight, 0),
      lbEndpoints: endpoints.map(({ address, port, weight }) => ({
        hostIdentifier: { case: 'endpoint' as const, value: { address: socketAddress(address, port) } },
        loadBalancingWeight: weight,
      })),
    })),
  });
}
