// Models for tests of Pilot, in few words: services, pods behind them, and what else a case needs, with plain defaults.
import type { Gateway, GatewayServer } from '../../src/model/gateway.ts';
import type { MeshModel } from '../../src/model/mesh-model.ts';
import { serviceKey } from '../../src/model/mesh-model.ts';
import { defaultMeshSettings } from '../../src/model/mesh-settings.ts';
import type { Provenance } from '../../src/model/provenance.ts';
import type { RouteTable } from '../../src/model/route-table.ts';
import type { Endpoint, Protocol, Service, ServicePort, Workload } from '../../src/model/service.ts';
import type { EgressListener, IngressListener, SidecarScope } from '../../src/model/sidecar-scope.ts';
import type { DestinationPolicy, TrafficPolicy } from '../../src/model/traffic-policy.ts';
import type { ProxyNode } from '../../src/pilot/proxy-resources.ts';
import { createViews, type ProxyView } from '../../src/pilot/proxy-view.ts';

export type Labels = Readonly<Record<string, string>>;

function origin(kind: string, key: string): Provenance {
  const [namespace = '', name = ''] = key.split('/');
  return { resource: { kind, namespace, name }, path: '' };
}

function split(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

/** `port('http', 80)`, `port('tcp', 9000, 9001)`: protocol, number, the workload's own port. */
export function port(protocol: Protocol, number: number, targetPort: number = number): ServicePort {
  return { name: `${protocol}-${number}`, number, protocol, targetPort };
}

/** A Kubernetes service `namespace/name` whose pods carry `app: name`. */
export function service(
  key: string,
  address: string,
  ports: readonly ServicePort[],
  parts: Partial<Service> = {},
): Service {
  const { namespace, name } = split(key);
  return {
    provenance: origin('Service', key),
    createdAtMs: 0,
    hostname: `${name}.${namespace}.svc.cluster.local`,
    name,
    namespace,
    registry: 'kubernetes',
    addresses: address === '' ? [] : [address],
    ports,
    resolution: address === '' ? 'passthrough' : 'eds',
    headless: address === '',
    meshExternal: false,
    exportTo: { all: true },
    selector: { app: name },
    labels: {},
    externalName: undefined,
    subjectAltNames: [],
    sessionAffinity: 'none',
    publishNotReady: false,
    ...parts,
  };
}

/** A ServiceEntry's host in namespace `shop`. */
export function external(hostname: string, ports: readonly ServicePort[], parts: Partial<Service> = {}): Service {
  return service(`shop/${hostname}`, '', ports, {
    provenance: origin('ServiceEntry', `shop/${hostname}`),
    hostname,
    registry: 'external',
    resolution: 'eds',
    headless: false,
    meshExternal: true,
    selector: undefined,
    ...parts,
  });
}

/** A ready pod `namespace/name` at an address; its labels say which services it serves. */
export function pod(key: string, address: string, labels: Labels, parts: Partial<Workload> = {}): Workload {
  return {
    provenance: origin('Pod', key),
    ...split(key),
    labels,
    annotations: {},
    addresses: [address],
    serviceAccount: 'default',
    namedPorts: {},
    ready: true,
    hostNetwork: false,
    ...parts,
  };
}

export function endpoint(address: string, portName: string, number: number, parts: Partial<Endpoint> = {}): Endpoint {
  return {
    address,
    port: number,
    portName,
    health: 'healthy',
    labels: {},
    serviceAccount: '',
    namespace: 'shop',
    workloadName: '',
    locality: { region: '', zone: '', subZone: '' },
    weight: 0,
    network: '',
    ...parts,
  };
}

export function policy(key: string, host: string, parts: Partial<DestinationPolicy> = {}): DestinationPolicy {
  return {
    provenance: origin('DestinationRule', key),
    ...split(key),
    createdAtMs: 0,
    host,
    exportTo: { all: true },
    workloadSelector: undefined,
    policy: undefined,
    subsets: [],
    ...parts,
  };
}

export function traffic(parts: Partial<TrafficPolicy>): TrafficPolicy {
  return { loadBalancer: undefined, tls: undefined, ports: [], ...parts };
}

export function table(key: string, hosts: readonly string[], parts: Partial<RouteTable> = {}): RouteTable {
  return {
    provenance: origin('VirtualService', key),
    ...split(key),
    createdAtMs: 0,
    hosts,
    gateways: ['mesh'],
    exportTo: { all: true },
    http: [],
    tcp: [],
    tls: [],
    ...parts,
  };
}

export function sidecar(key: string, parts: Partial<SidecarScope> = {}): SidecarScope {
  return {
    provenance: origin('Sidecar', key),
    ...split(key),
    createdAtMs: 0,
    workloadSelector: undefined,
    egress: [],
    ingress: [],
    outboundPolicy: undefined,
    ...parts,
  };
}

export function egress(parts: Partial<EgressListener> = {}): EgressListener {
  return {
    provenance: origin('Sidecar', ''),
    port: undefined,
    bind: '',
    captureMode: 'default',
    hosts: [{ namespace: '*', host: '*' }],
    ...parts,
  };
}

export function ingress(protocol: Protocol, number: number, parts: Partial<IngressListener> = {}): IngressListener {
  return {
    provenance: origin('Sidecar', ''),
    port: { number, name: `${protocol}-${number}`, protocol },
    bind: '',
    captureMode: 'default',
    defaultEndpoint: '',
    ...parts,
  };
}

export function gateway(key: string, servers: readonly GatewayServer[]): Gateway {
  const provenance = origin('Gateway', key);
  return { provenance, ...split(key), createdAtMs: 0, selector: { istio: 'ingressgateway' }, servers };
}

export function server(
  protocol: GatewayServer['port']['protocol'],
  number: number,
  parts: Partial<GatewayServer> = {},
): GatewayServer {
  return {
    provenance: origin('Gateway', ''),
    name: '',
    port: { number, name: `${protocol}-${number}`, protocol },
    bind: '',
    hosts: [{ namespace: '*', host: '*' }],
    tls: undefined,
    ...parts,
  };
}

/** Endpoints of Kubernetes services come from the pods; `endpoints` adds others by `namespace/hostname`. */
export function makeModel(
  parts: Partial<Omit<MeshModel, 'endpoints'>> & { endpoints?: Record<string, readonly Endpoint[]> } = {},
): MeshModel {
  const { services = [], workloads = [], endpoints = {}, ...rest } = parts;
  const joined = new Map(Object.entries(endpoints));
  for (const each of services) {
    const key = serviceKey(each);
    const pods = workloads.filter(
      ({ namespace, labels }) =>
        each.selector !== undefined &&
        namespace === each.namespace &&
        Object.entries(each.selector).every(([name, value]) => labels[name] === value),
    );
    const own = pods.flatMap((workload) => each.ports.map((port) => endpointOf(workload, port)));
    joined.set(key, [...(joined.get(key) ?? []), ...own]);
  }
  return {
    generation: 1,
    settings: defaultMeshSettings,
    namespaces: new Map(),
    routeTables: [],
    destinationPolicies: [],
    gateways: [],
    sidecarScopes: [],
    ...rest,
    services,
    workloads,
    endpoints: joined,
  };
}

function endpointOf({ name, namespace, labels, addresses, ready }: Workload, port: ServicePort): Endpoint {
  const number = typeof port.targetPort === 'number' ? port.targetPort : port.number;
  const health = ready ? 'healthy' : 'unhealthy';
  return endpoint(addresses[0] ?? '', port.name, number, { namespace, labels, workloadName: name, health });
}

/** The proxy beside a pod of the model: `shop/frontend`; a gateway's if the pod is labelled `istio: ingressgateway`. */
export function viewOf(model: MeshModel, key: string, metadata: Readonly<Record<string, unknown>> = {}): ProxyView {
  const workload = model.workloads.find(({ namespace, name }) => `${namespace}/${name}` === key);
  const { namespace, name } = split(key);
  const type = workload?.labels['istio'] === 'ingressgateway' ? 'router' : 'sidecar';
  const node: ProxyNode = {
    id: `${type}~${workload?.addresses[0]}~${name}.${namespace}~${namespace}.svc.cluster.local`,
    type,
    addresses: workload?.addresses ?? ['10.1.0.1'],
    name,
    namespace,
    labels: workload?.labels ?? {},
    serviceAccount: 'default',
    dnsDomain: `${namespace}.svc.cluster.local`,
    metadata,
  };
  return createViews(model)(node);
}
