// A TCP proxy to the destinations of a rule: names their clusters and splits by weight.
import type { RouteTable, TcpRule, TlsRule, WeightedDestination } from '../../../model/route-table.ts';
import type { Service } from '../../../model/service.ts';
import type { DestinationPolicy } from '../../../model/traffic-policy.ts';
import type { ViewClass } from '../../view/view-class.ts';
import { blackHoleCluster, outboundCluster } from '../cluster/cluster-name.ts';
import { accessLogOf } from './access-log.ts';
import type { TcpProxy } from './listener-slice.ts';
import { tcpProxyTo } from './tcp-proxy.ts';

export interface RuleTarget {
  readonly rule: Pick<TcpRule | TlsRule, 'destinations'>;
  readonly table: RouteTable;
  /** Port that the client dialled: the destination's too, if the rule names none and the service has several. */
  readonly port: number;
}

export function destinationProxy(view: ViewClass, target: RuleTarget): TcpProxy {
  const { rule, table, port } = target;
  const [first, ...rest] = rule.destinations;
  if (first === undefined) return tcpProxyTo(blackHoleCluster, accessLogOf(view.index.model.settings));
  const service = view.service(first.destination.host);
  if (rest.length === 0) {
    const { subset } = first.destination;
    return singleProxy(view, { cluster: clusterOf(view, first, port), service, subset });
  }
  return {
    kind: 'tcp',
    statPrefix: `${table.name}.${table.namespace}`,
    clusters: rule.destinations
      .filter(({ weight }) => weight > 0)
      .map((destination) => ({ name: clusterOf(view, destination, port), weight: destination.weight })),
    hashBySource: hashesBySource(service && view.policyFor(service), ''),
    accessLog: accessLogOf(view.index.model.settings),
  };
}

export interface SingleTarget {
  readonly cluster: string;
  readonly service: Service | undefined;
  readonly subset: string;
}

export function singleProxy(view: ViewClass, target: SingleTarget): TcpProxy {
  const policy = target.service && view.policyFor(target.service);
  return {
    ...tcpProxyTo(target.cluster, accessLogOf(view.index.model.settings)),
    hashBySource: hashesBySource(policy, target.subset),
  };
}

function clusterOf(view: ViewClass, { destination }: WeightedDestination, dialled: number): string {
  const service = view.service(destination.host);
  const [only, ...rest] = service?.ports ?? [];
  const port = destination.port ?? (only !== undefined && rest.length === 0 ? only.number : dialled);
  // An alias has no cluster of its own.
  return outboundCluster(service?.externalName ?? destination.host, port, destination.subset);
}

/** Bytes have no header or cookie to hash: only a policy that hashes the client's address counts. */
function hashesBySource(policy: DestinationPolicy | undefined, subsetName: string): boolean {
  const subset = policy?.subsets.find(({ name }) => name === subsetName);
  const balancer = subset?.policy?.loadBalancer ?? policy?.policy?.loadBalancer;
  return balancer?.kind === 'consistent-hash' && balancer.key.kind === 'source-ip';
}
