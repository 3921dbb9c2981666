// What a ClusterLoadAssignment is printed from: addresses by locality.
import type { Locality } from '../../../model/service.ts';

export interface AssignmentSlice {
  readonly name: string;
  readonly localities: readonly LocalityEndpoints[];
}

export interface LocalityEndpoints {
  readonly locality: Locality;
  readonly endpoints: readonly AssignedEndpoint[];
}

export interface AssignedEndpoint {
  readonly address: string;
  readonly port: number;
  /** At least 1. */
  readonly weight: number;
}
