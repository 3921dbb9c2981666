// kube-proxy's job as data: services and their ready endpoints become the hub's NAT rules.
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { hubAddress } from './hub-address.ts';

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly ports?: readonly ServicePort[];
}

export interface EndpointSlice extends KubernetesObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly hostname?: string;
    readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[];
  readonly addressType?: string;
}

/** Where connections to one port of a service address go. Nowhere: they are refused. */
export interface ServiceRoute {
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  readonly targets: readonly { readonly address: string; readonly port: number }[];
}

export function serviceKey(object: KubernetesObject, name: string): string {
  return `${object.metadata.namespace ?? ''}/${name}`;
}

/** Slices by the service that they belong to, `namespace/name`. */
export function slicesByService(slices: readonly KubernetesObject[]): Map<string, EndpointSlice[]> {
  const found = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = serviceKey(slice, slice.metadata.labels?.['kubernetes.io/service-name'] ?? '');
    const list = found.get(key);
    if (list === undefined) found.set(key, [slice]);
    else list.push(slice);
  }
  return found;
}

export function readyAddresses(slice: EndpointSlice): string[] {
  const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
  return ready.flatMap(({ addresses }) => addresses.slice(0, 1));
}

export function serviceRoutes(
  services: readonly KubernetesObject[],
  slices: readonly KubernetesObject[],
): ServiceRoute[] {
  const bySevice = slicesByService(slices);
  return services.flatMap((service) => {
    const spec: ServiceSpec = service['spec'] ?? {};
    const { clusterIP } = spec;
    if (clusterIP === undefined || !/^[\d.]+$/.test(clusterIP)) return [];
    const own = bySevice.get(serviceKey(service, service.metadata.name)) ?? [];
    return (spec.ports ?? []).map((port) => {
      const protocol = (port.protocol ?? 'TCP').toLowerCase();
      return { address: clusterIP, port: port.port, protocol, targets: targetsOf(port, own) };
    });
  });
}

function targetsOf(wanted: ServicePort, slices: readonly EndpointSlice[]): ServiceRoute['targets'] {
  return slices.flatMap((slice) => {
    const port = slice.ports?.find(
      ({ name, protocol }) =>
        (name ?? '') === (wanted.name ?? '') && (protocol ?? 'TCP') === (wanted.protocol ?? 'TCP'),
    )?.port;
    return port === undefined ? [] : readyAddresses(slice).map((address) => ({ address, port }));
  });
}

/** iptables-restore text of the whole nat table: it replaces the old one in one step; open connections keep their way. */
export function printServiceRules(routes: readonly ServiceRoute[]): string {
  const pods = new Set(routes.flatMap(({ targets }) => targets.map(({ address }) => address)));
  return [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':HEDDLE-SERVICES - [0:0]',
    '-A PREROUTING -j HEDDLE-SERVICES',
    '-A OUTPUT -j HEDDLE-SERVICES',
    ...routes.flatMap(routeRules),
    // A pod that reaches itself through its own service must see an answer from outside, else it takes it for its own.
    ...[...pods].map((pod) => `-A POSTROUTING -s ${pod}/32 -d ${pod}/32 -j SNAT --to-source ${hubAddress}`),
    'COMMIT',
    '',
  ].join('\n');
}

function routeRules({ address, port, protocol, targets }: ServiceRoute): string[] {
  return targets.map((target, index) => {
    const left = targets.length - index;
    const share = left === 1 ? '' : ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}`;
    const match = `-d ${address}/32 -p ${protocol} -m ${protocol} --dport ${port}`;
    return `-A HEDDLE-SERVICES ${match}${share} -j DNAT --to-destination ${target.address}:${target.port}`;
  });
}
