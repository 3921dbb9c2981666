// The consistent-hash key that a DestinationRule sets for a destination: the route computes the hash, the cluster balances by it.
import type { Destination } from '../../../model/route-table.ts';
import type { Service } from '../../../model/service.ts';
import type { HashKey, PortPolicy, TrafficPolicy } from '../../../model/traffic-policy.ts';
import type { ViewClass } from '../../view/view-class.ts';

/** For a destination of a route table: subset's port, subset, port, whole host; the first that sets a key. */
export function destinationHash(view: ViewClass, destination: Destination): HashKey | undefined {
  const service = view.service(destination.host);
  const rule = service && view.policyFor(service);
  if (rule === undefined) return undefined;
  const subset = rule.subsets.find(({ name }) => name === destination.subset);
  return (
    portKey(subset?.policy, destination.port) ??
    keyOf(subset?.policy) ??
    portKey(rule.policy, destination.port) ??
    keyOf(rule.policy)
  );
}

/** For a service's own route. */
export function serviceHash(view: ViewClass, service: Service, port: number): HashKey | undefined {
  const rule = view.policyFor(service);
  return portKey(rule?.policy, port) ?? keyOf(rule?.policy);
}

/** Only a port that the destination names counts. */
function portKey(policy: TrafficPolicy | undefined, port: number | undefined): HashKey | undefined {
  return keyOf(policy?.ports.find((entry) => entry.port === port)?.policy);
}

function keyOf(policy: PortPolicy | undefined): HashKey | undefined {
  return policy?.loadBalancer?.kind === 'consistent-hash' ? policy.loadBalancer.key : undefined;
}
