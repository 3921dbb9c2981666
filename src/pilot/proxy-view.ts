// What one proxy is and sees: its workload, the services it belongs to, and the outbound view that it shares with its class.
import type { MeshModel } from '../model/mesh-model.ts';
import { serviceKey } from '../model/mesh-model.ts';
import type { Service, ServicePort, Workload } from '../model/service.ts';
import type { ProxyNode } from './proxy-resources.ts';
import { mergeGateways } from './view/gateway-view.ts';
import type { GatewayPort } from './view/gateway-view.ts';
import { createMeshIndex } from './view/mesh-index.ts';
import { createViewClass } from './view/view-class.ts';
import type { ViewClass } from './view/view-class.ts';
import { labelsInclude } from '../lib/labels.ts';

/** A port of a service that this very proxy's workload serves. */
export interface ServiceTarget {
  readonly service: Service;
  readonly port: ServicePort;
  readonly targetPort: number;
}

export interface ProxyView {
  readonly model: MeshModel;
  readonly proxy: ProxyNode;
  /** Everything outbound, shared by all proxies that see the same: print from this, cache by its identity. */
  readonly class: ViewClass;
  /** undefined while the registry does not know it (yet). */
  readonly workload: Workload | undefined;
  /** All labels of the proxy. */
  readonly labels: Readonly<Record<string, string>>;
  /** In order of age; for the inbound side. */
  readonly targets: readonly ServiceTarget[];
  /** Ports of a gateway proxy; empty for a sidecar. */
  gatewayPorts(): readonly GatewayPort[];
}

export type ViewOf = (proxy: ProxyNode) => ProxyView;

/** The views of one model. Make a new one for each new model. */
export function createViews(model: MeshModel): ViewOf {
  const index = createMeshIndex(model);
  const classes = new Map<string, ViewClass>();
  const workloads = groupWorkloads(model);
  const ownServices = groupServices(model);
  return (proxy) => {
    const workload = findWorkload(workloads, proxy);
    const labels = Object.keys(proxy.labels).length > 0 ? proxy.labels : (workload?.labels ?? {});
    const relevant = Object.entries(labels).filter(([key]) => index.relevantLabels.has(key));
    relevant.sort(([a], [b]) => (a < b ? -1 : 1));
    const { type, namespace, dnsDomain } = proxy;
    const key = JSON.stringify([type, namespace, dnsDomain, relevant]);
    const shared =
      classes.get(key) ?? createViewClass(index, { type, namespace, dnsDomain, labels: Object.fromEntries(relevant) });
    classes.set(key, shared);
    const targets = findTargets(model, ownServices.get(namespace) ?? [], { labels, workload, proxy });
    let ports: readonly GatewayPort[] | undefined;
    const gatewayPorts = (): readonly GatewayPort[] => {
      ports ??= type === 'router' ? mergeGateways(model, { labels, targetPorts: portMap(targets) }) : [];
      return ports;
    };
    return { model, proxy, class: shared, workload, labels, targets, gatewayPorts };
  };
}

function groupWorkloads(model: MeshModel): Map<string, Workload> {
  const byKey = new Map<string, Workload>();
  for (const workload of model.workloads) {
    byKey.set(`${workload.namespace}/${workload.name}`, workload);
    for (const address of workload.addresses) if (!byKey.has(address)) byKey.set(address, workload);
  }
  return byKey;
}

/** By name first: a host-network pod shares its address. */
function findWorkload(workloads: ReadonlyMap<string, Workload>, proxy: ProxyNode): Workload | undefined {
  const named = workloads.get(`${proxy.namespace}/${proxy.name}`);
  if (named !== undefined) return named;
  return proxy.addresses.map((address) => workloads.get(address)).find((found) => found !== undefined);
}

function groupServices(model: MeshModel): Map<string, Service[]> {
  const byNamespace = new Map<string, Service[]>();
  for (const service of model.services) {
    const known = byNamespace.get(service.namespace);
    if (known === undefined) byNamespace.set(service.namespace, [service]);
    else known.push(service);
  }
  return byNamespace;
}

interface Instance {
  readonly labels: Readonly<Record<string, string>>;
  readonly workload: Workload | undefined;
  readonly proxy: ProxyNode;
}

/** A selector finds its pods before their endpoints are published, so that a proxy is ready before it is called. */
function findTargets(model: MeshModel, services: readonly Service[], instance: Instance): ServiceTarget[] {
  return services.flatMap((service) => {
    const selected = service.selector !== undefined && labelsInclude(instance.labels, service.selector);
    if (selected && Object.keys(service.selector ?? {}).length > 0) {
      return service.ports.flatMap((port) => selectedTarget(service, port, instance.workload));
    }
    const endpoints = (model.endpoints.get(serviceKey(service)) ?? []).filter((endpoint) =>
      instance.proxy.addresses.includes(endpoint.address),
    );
    return service.ports.flatMap((port) => {
      const endpoint = endpoints.find(({ portName }) => portName === port.name);
      return endpoint === undefined ? [] : [{ service, port, targetPort: endpoint.port }];
    });
  });
}

function selectedTarget(service: Service, port: ServicePort, workload: Workload | undefined): ServiceTarget[] {
  const { targetPort } = port;
  if (typeof targetPort !== 'string') return [{ service, port, targetPort: targetPort ?? port.number }];
  const number = workload?.namedPorts[targetPort];
  return number === undefined ? [] : [{ service, port, targetPort: number }];
}

function portMap(targets: readonly ServiceTarget[]): Map<number, number> {
  const map = new Map<number, number>();
  for (const { port, targetPort } of targets) if (!map.has(port.number)) map.set(port.number, targetPort);
  return map;
}
