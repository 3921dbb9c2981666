// A DestinationRule's load balancer as a cluster has it; least request where none is set.
import type { LoadBalancer } from '../../../model/traffic-policy.ts';
import type { ClusterBalancer } from './cluster-slice.ts';

/** As many as Envoy takes; a larger ring would be refused, and the cluster with it. */
const mostOnRing = 8_388_608;

export function balancerOf(loadBalancer: LoadBalancer | undefined): ClusterBalancer {
  switch (loadBalancer?.kind) {
    case 'round-robin':
    case 'random':
      return { kind: loadBalancer.kind };
    case 'passthrough':
      return { kind: 'provided' };
    case 'consistent-hash':
      return loadBalancer.algorithm.kind === 'maglev'
        ? { kind: 'maglev', tableSize: loadBalancer.algorithm.tableSize }
        : { kind: 'ring-hash', minimumRingSize: Math.min(loadBalancer.algorithm.minimumRingSize, mostOnRing) };
    case 'least-request':
    case 'unspecified':
    case undefined:
      return { kind: 'least-request' };
  }
}

/** The client's address is kept, whatever the service would resolve to. */
export function isPassthrough(loadBalancer: LoadBalancer | undefined): boolean {
  return loadBalancer?.kind === 'passthrough';
}
