// The ports on which a sidecar receives for its application: those of its services, or of its Sidecar's ingress.
import type { ResourceRef } from '../../../model/provenance.ts';
import type { Protocol } from '../../../model/service.ts';
import type { ProxyView } from '../../proxy-view.ts';
import { inboundCluster, inboundPassthroughCluster } from '../cluster/cluster-name.ts';
import { isProxyPort } from '../own-ports.ts';
import { wildcard } from '../service-address.ts';

/** A port of the workload, or (`passthrough`) all that no other describes. */
export interface InboundPort {
  readonly port: number;
  readonly protocol: Protocol;
  readonly bind: string;
  readonly bindToPort: boolean;
  readonly cluster: string;
  /** Number by which clients know it. */
  readonly servicePort: number;
  readonly hostname: string;
  readonly passthrough: boolean;
  readonly config: ResourceRef | undefined;
}

export function isWithoutInterception(view: ProxyView): boolean {
  return view.proxy.metadata.INTERCEPTION_MODE === 'NONE';
}

/** Whatever has no chain of its own. */
export const passthroughPort: InboundPort = {
  port: 0,
  protocol: 'auto',
  bind: wildcard,
  bindToPort: false,
  cluster: inboundPassthroughCluster,
  servicePort: 0,
  hostname: '',
  passthrough: true,
  config: undefined,
};

/** By port number. Of two services with one port the older decides. A Sidecar's ingress ports stand instead of all services'. */
export function inboundPorts(view: ProxyView): InboundPort[] {
  const byPort = new Map<number, InboundPort>();
  const candidates = isIngressConfigured(view) ? ingressPorts(view) : servicePorts(view);
  for (const candidate of candidates) {
    const reserved = candidate.bind === wildcard && isProxyPort(candidate.port);
    if (reserved || candidate.protocol === 'udp' || byPort.has(candidate.port)) continue;
    byPort.set(candidate.port, candidate);
  }
  return [...byPort.values()].sort((a, b) => a.port - b.port);
}

export function isIngressConfigured(view: ProxyView): boolean {
  return (view.class.scope?.ingress.length ?? 0) > 0;
}

function servicePorts(view: ProxyView): InboundPort[] {
  if (isWithoutInterception(view)) return [];
  return view.targets.map(({ service, port, targetPort }) => ({
    port: targetPort,
    protocol: port.protocol,
    bind: wildcard,
    bindToPort: false,
    cluster: inboundCluster(targetPort),
    servicePort: port.number,
    hostname: service.hostname,
    passthrough: false,
    config: undefined,
  }));
}

function ingressPorts(view: ProxyView): InboundPort[] {
  const { scope } = view.class;
  if (scope === undefined) return [];
  return scope.ingress.map(({ port, bind, captureMode }) => ({
    port: port.number,
    protocol: port.protocol,
    bind: bind || view.proxy.addresses[0] || wildcard,
    bindToPort: captureMode === 'default' ? isWithoutInterception(view) : captureMode === 'none',
    cluster: inboundCluster(port.number),
    servicePort: port.number,
    hostname: `${scope.name}.${scope.namespace}`,
    passthrough: false,
    config: scope.provenance.resource,
  }));
}
