// What all proxies of one namespace, type and set of relevant labels see alike: everything outbound. Computed once for all of them.
import type { RouteTable } from '../../model/route-table.ts';
import type { Service } from '../../model/service.ts';
import type { OutboundPolicy, SidecarScope } from '../../model/sidecar-scope.ts';
import type { DestinationPolicy } from '../../model/traffic-policy.ts';
import type { ProxyNode } from '../proxy-resources.ts';
import { createEgressView } from './egress-view.ts';
import type { EgressView } from './egress-view.ts';
import type { MeshIndex } from './mesh-index.ts';
import { labelsInclude } from '../../lib/labels.ts';
import { collectServices } from './visible-services.ts';

export interface ClassIdentity {
  readonly type: ProxyNode['type'];
  readonly namespace: string;
  readonly dnsDomain: string;
  /** Only labels that some selector or source match in the model names. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface ViewClass extends ClassIdentity {
  readonly index: MeshIndex;
  /** The Sidecar resource that applies; undefined for none (and always for a gateway). */
  readonly scope: SidecarScope | undefined;
  readonly outboundPolicy: OutboundPolicy;
  /** In the order of the Sidecar's egress listeners; a single one without `listener` when it has none. */
  readonly egress: readonly EgressView[];
  /** One per hostname: what outbound clusters, endpoints and names are printed from. */
  readonly services: readonly Service[];
  service(hostname: string): Service | undefined;
  /** The DestinationRule in force for a service of this view, merged. */
  policyFor(service: { readonly hostname: string; readonly namespace: string }): DestinationPolicy | undefined;
  /** The egress listener that serves outbound routes of a port: one for exactly that port, else the catch-all. */
  egressFor(port: number): EgressView | undefined;
  /** Route tables bound to a gateway (`namespace/name`) that this proxy's namespace sees. */
  gatewayRouteTables(gateway: string): readonly RouteTable[];
}

export function createViewClass(index: MeshIndex, identity: ClassIdentity): ViewClass {
  const { namespace } = identity;
  const scope = identity.type === 'sidecar' ? selectScope(index, identity) : undefined;
  const listeners = scope !== undefined && scope.egress.length > 0 ? scope.egress : [undefined];
  const egress = listeners.map((listener) => createEgressView(index, namespace, listener));
  const services = collectServices(index, namespace, egress);
  const byHost = new Map(services.map((service) => [service.hostname, service]));
  const policies = new Map<string, DestinationPolicy | undefined>();
  const findPolicy = (service: {
    readonly hostname: string;
    readonly namespace: string;
  }): DestinationPolicy | undefined =>
    index.destinations.find({
      clientNamespace: namespace,
      clientLabels: identity.labels,
      hostname: service.hostname,
      serviceNamespace: service.namespace,
    });
  return {
    ...identity,
    index,
    scope,
    outboundPolicy: scope?.outboundPolicy ?? index.model.settings.outboundPolicy,
    egress,
    services,
    service: (hostname) => byHost.get(hostname),
    policyFor: (service) => {
      const key = `${service.namespace}/${service.hostname}`;
      if (!policies.has(key)) policies.set(key, findPolicy(service));
      return policies.get(key);
    },
    egressFor: (port) => egress.find(({ listener }) => listener?.port === undefined || listener.port.number === port),
    gatewayRouteTables: (gateway) => index.routeTablesFor(namespace, gateway),
  };
}

/** By workloadSelector in the proxy's namespace, then that namespace's default, then the root namespace's default. */
function selectScope(index: MeshIndex, identity: ClassIdentity): SidecarScope | undefined {
  const { sidecarScopes, settings } = index.model;
  const own = sidecarScopes.filter((scope) => scope.namespace === identity.namespace);
  return (
    own.find(
      (scope) => scope.workloadSelector !== undefined && labelsInclude(identity.labels, scope.workloadSelector),
    ) ??
    own.find((scope) => scope.workloadSelector === undefined) ??
    sidecarScopes.find((scope) => scope.namespace === settings.rootNamespace && scope.workloadSelector === undefined)
  );
}
