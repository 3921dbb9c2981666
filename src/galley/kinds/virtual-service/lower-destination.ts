// Destinations of a VirtualService: hosts completed with the resource's namespace.
import type { Destination } from '../../../model/route-table.ts';
import type { Resource } from '../kind.ts';
import { completeHost } from '../parts/host-names.ts';
import type { DestinationBody, VirtualServiceBody } from './schema.ts';

/** What lowering a part needs to know of its resource. */
export interface Surroundings {
  readonly resource: Resource<VirtualServiceBody>;
  readonly namespace: string;
  readonly domain: string;
}

export function lowerDestination(destination: DestinationBody, around: Surroundings): Destination {
  return {
    host: completeHost(destination.host, around.namespace, around.domain),
    subset: destination.subset ?? '',
    port: destination.port?.number,
  };
}
