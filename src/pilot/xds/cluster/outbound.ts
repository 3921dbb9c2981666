// The clusters of a service: one per port, and one per port and subset of its DestinationRule.
import type { Service, ServicePort } from '../../../model/service.ts';
import type { DestinationPolicy, Subset } from '../../../model/traffic-policy.ts';
import type { ViewClass } from '../../view/view-class.ts';
import { assign } from '../endpoint/assign.ts';
import type { AssignmentSlice } from '../endpoint/assignment-slice.ts';
import { endpointsOf } from '../endpoint/service-endpoints.ts';
import { isHttp2 } from '../protocol-kind.ts';
import { isAddress } from '../service-address.ts';
import { outboundCluster } from './cluster-name.ts';
import type { ClusterSlice, Discovery } from './cluster-slice.ts';
import { balancerOf, isPassthrough } from './load-balancer.ts';
import { portPolicy } from './port-policy.ts';
import { upstreamTls } from './upstream-tls.ts';

/** A cluster, and its endpoints for those who ask. */
export interface OutboundTarget {
  readonly cluster: ClusterSlice;
  readonly assignment: () => AssignmentSlice;
}

const targets = new WeakMap<ViewClass, readonly OutboundTarget[]>();

/** Of two clusters with one name the first stays. */
export function outboundTargets(view: ViewClass): readonly OutboundTarget[] {
  const known = targets.get(view);
  if (known !== undefined) return known;
  const byName = new Map<string, OutboundTarget>();
  for (const service of view.services) {
    if (service.externalName !== undefined) continue;
    const policy = view.policyFor(service);
    for (const port of service.ports) {
      if (port.protocol === 'udp') continue;
      for (const subset of [undefined, ...(policy?.subsets ?? [])]) {
        const target = composeTarget(view, { service, port, policy, subset });
        if (target !== undefined && !byName.has(target.cluster.name)) byName.set(target.cluster.name, target);
      }
    }
  }
  const all = [...byName.values()];
  targets.set(view, all);
  return all;
}

interface Source {
  readonly service: Service;
  readonly port: ServicePort;
  readonly policy: DestinationPolicy | undefined;
  readonly subset: Subset | undefined;
}

/** undefined for a name to resolve of which there is none. */
function composeTarget(view: ViewClass, source: Source): OutboundTarget | undefined {
  const { service, port, policy, subset } = source;
  const { settings } = view.index.model;
  const name = outboundCluster(service.hostname, port.number, subset?.name);
  const traffic = portPolicy(policy?.policy, subset?.policy, port.number);
  let endpoints: AssignmentSlice | undefined;
  const assignment = (): AssignmentSlice => {
    endpoints ??= assign(name, usable(view, source), subset?.labels ?? {});
    return endpoints;
  };
  const discovery = isPassthrough(traffic.loadBalancer) ? originalDst() : discoveryOf(view, service, assignment);
  if (discovery === undefined) return undefined;
  const cluster: ClusterSlice = {
    name,
    discovery,
    connectTimeoutMs: settings.connectTimeoutMs,
    loadBalancer: discovery.kind === 'original-dst' ? { kind: 'provided' } : balancerOf(traffic.loadBalancer),
    upstream: isHttp2(port.protocol)
      ? 'http2'
      : port.protocol === 'auto' && view.type === 'sidecar'
        ? 'client'
        : 'http1',
    idleTimeoutMs: undefined,
    tls: upstreamTls(traffic.tls, service),
    bindAddress: '',
    circuitBreakers: true,
    metadata: {
      config: policy?.provenance.resource,
      subset: subset?.name ?? '',
      port: port.number,
      external: service.meshExternal,
      services: [{ host: service.hostname, name: service.name, namespace: service.namespace }],
    },
  };
  return { cluster, assignment };
}

/** Envoy resolves names only where DNS is asked for: elsewhere an endpoint is an address. */
function usable(view: ViewClass, { service, port }: Source): ReturnType<typeof endpointsOf> {
  const endpoints = endpointsOf(view.index.model, service, port);
  if (service.resolution.startsWith('dns')) return endpoints;
  return endpoints.filter(({ address }) => address.startsWith('unix://') || isAddress(address));
}

function originalDst(): Discovery {
  return { kind: 'original-dst', keepForever: false, portOverride: undefined };
}

function discoveryOf(view: ViewClass, service: Service, assignment: () => AssignmentSlice): Discovery | undefined {
  switch (service.resolution) {
    case 'eds':
      return { kind: 'eds' };
    case 'passthrough':
      // A gateway dials nobody on behalf of an address: it picks one of the endpoints.
      return view.type === 'router' ? { kind: 'eds' } : originalDst();
    case 'dns':
    case 'dns-round-robin': {
      const endpoints = assignment();
      if (endpoints.localities.length === 0) return undefined;
      return service.resolution === 'dns'
        ? { kind: 'strict-dns', endpoints }
        : { kind: 'logical-dns', endpoints: firstOnly(endpoints) };
    }
  }
}

/** Envoy takes one name, and no more, where it uses a new address for each new connection. */
function firstOnly({ name, localities }: AssignmentSlice): AssignmentSlice {
  return {
    name,
    localities: localities
      .slice(0, 1)
      .map(({ locality, endpoints }) => ({ locality, endpoints: endpoints.slice(0, 1) })),
  };
}
