// Which addresses stand behind each service: EndpointSlices joined with pods, ServiceEntries with what they name or select.
import { isDeepStrictEqual } from 'node:util';
import { labelsInclude } from '../lib/labels.ts';
import { serviceKey } from '../model/mesh-model.ts';
import type { Endpoint, Locality, Service, ServicePort, Workload } from '../model/service.ts';
import type { EndpointSlicePart } from './kinds/kind.ts';

export interface EndpointSources {
  readonly services: readonly Service[];
  readonly workloads: readonly Workload[];
  readonly slices: readonly EndpointSlicePart[];
  /** Endpoints that a resource itself lists. */
  readonly inline: readonly { readonly service: string; readonly endpoints: readonly Endpoint[] }[];
}

/**
 * Only endpoints that may get traffic: Istio leaves out what is not ready, unless the service publishes it, and what terminates.
 * A list that did not change is the same array as before.
 */
export function joinEndpoints(
  sources: EndpointSources,
  previous: ReadonlyMap<string, readonly Endpoint[]>,
): ReadonlyMap<string, readonly Endpoint[]> {
  const pods = new WorkloadIndex(sources.workloads);
  const slices = Map.groupBy(sources.slices, (slice) => `${slice.namespace}/${slice.service}`);
  const inline = Map.groupBy(sources.inline, (each) => each.service);
  const joined = new Map<string, Endpoint[]>();
  const done = new Set<string>();
  for (const service of sources.services) {
    const key = serviceKey(service);
    const found = joined.get(key) ?? [];
    joined.set(key, found);
    if (service.selector !== undefined) found.push(...selectedEndpoints(service, pods));
    if (service.registry === 'kubernetes') {
      const own = slices.get(`${service.namespace}/${service.name}`) ?? [];
      found.push(...withoutDoubles(own.flatMap((slice) => sliceEndpoints(slice, service, pods))));
    }
    // Two ServiceEntries of one namespace may share a host; the list under the key holds the endpoints of both.
    if (!done.has(key)) found.push(...(inline.get(key) ?? []).flatMap((each) => each.endpoints));
    done.add(key);
  }
  return keepUnchanged(joined, previous);
}

/** While Kubernetes moves an endpoint from one slice to another it may stand in both. */
function withoutDoubles(endpoints: readonly Endpoint[]): Endpoint[] {
  const keyOf = ({ portName, address, port }: Endpoint): string => `${portName} ${address} ${port}`;
  return [...new Map(endpoints.map((endpoint) => [keyOf(endpoint), endpoint])).values()];
}

function keepUnchanged(
  joined: ReadonlyMap<string, readonly Endpoint[]>,
  previous: ReadonlyMap<string, readonly Endpoint[]>,
): ReadonlyMap<string, readonly Endpoint[]> {
  let changed = joined.size !== previous.size;
  const kept = new Map<string, readonly Endpoint[]>();
  for (const [key, endpoints] of joined) {
    const sorted = endpoints.toSorted(byAddress);
    const before = previous.get(key);
    const same = before !== undefined && isDeepStrictEqual(before, sorted);
    kept.set(key, same ? before : sorted);
    if (!same) changed = true;
  }
  return changed ? kept : previous;
}

/** A fixed order, so that a slice that was split or re-ordered changes nothing. */
function byAddress(a: Endpoint, b: Endpoint): number {
  if (a.portName !== b.portName) return a.portName < b.portName ? -1 : 1;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.port - b.port;
}

function sliceEndpoints(slice: EndpointSlicePart, service: Service, pods: WorkloadIndex): Endpoint[] {
  const endpoints: Endpoint[] = [];
  for (const each of slice.endpoints) {
    if (!each.ready && !service.publishNotReady) continue;
    for (const address of each.addresses) {
      const pod = pods.named(slice.namespace, each.pod) ?? pods.at(address);
      const named = each.hostname === '' ? {} : { hostname: each.hostname };
      for (const { name, port } of slice.ports) {
        if (port === undefined) continue;
        endpoints.push({ ...describe(pod, slice.namespace, each.zone), ...named, address, port, portName: name });
      }
    }
  }
  return endpoints;
}

function describe(
  workload: Workload | undefined,
  namespace: string,
  zone = '',
): Omit<Endpoint, 'address' | 'port' | 'portName'> {
  const labels = workload?.labels ?? {};
  return {
    health: 'healthy',
    labels,
    serviceAccount: workload?.serviceAccount ?? '',
    namespace,
    workloadName: workload?.name ?? '',
    locality: localityOf(labels, zone),
    weight: 0,
    network: labels['topology.istio.io/network'] ?? '',
  };
}

/** Istio reads the node's labels; a pod's own `istio-locality` comes before them. */
function localityOf(labels: Readonly<Record<string, string>>, zone: string): Locality {
  const written = labels['istio-locality'];
  if (written !== undefined) {
    const [region = '', itsZone = '', subZone = ''] = written.split(/[./]/);
    return { region, zone: itsZone, subZone };
  }
  return {
    region: labels['topology.kubernetes.io/region'] ?? '',
    zone: labels['topology.kubernetes.io/zone'] ?? zone,
    subZone: labels['topology.istio.io/subzone'] ?? '',
  };
}

/**
 * A ServiceEntry's workloadSelector takes ready pods and WorkloadEntries of its namespace. A Kubernetes service has its pods in
 * its slices, and takes WorkloadEntries with its pods' labels besides.
 */
function selectedEndpoints(service: Service, workloads: WorkloadIndex): Endpoint[] {
  const endpoints: Endpoint[] = [];
  for (const workload of workloads.selected(service.namespace, service.selector ?? {})) {
    const entry = workload.provenance.resource.kind === 'WorkloadEntry';
    if (!entry && (service.registry === 'kubernetes' || !workload.ready)) continue;
    const [address] = workload.addresses;
    if (address === undefined) continue;
    for (const port of service.ports) {
      const number = entry ? entryPort(port, service, workload) : podPort(port);
      if (number === undefined) continue;
      endpoints.push({ ...describe(workload, workload.namespace), address, port: number, portName: port.name });
    }
  }
  return endpoints;
}

/** A ServiceEntry's targetPort is always a number. */
const podPort = (port: ServicePort): number => (typeof port.targetPort === 'number' ? port.targetPort : port.number);

/** A WorkloadEntry maps port names itself; a service port that asks for a target port by name is served only if it is mapped. */
function entryPort(port: ServicePort, service: Service, workload: Workload): number | undefined {
  const byName = service.registry === 'kubernetes' && typeof port.targetPort === 'string';
  const mapped = workload.namedPorts[byName ? String(port.targetPort) : port.name];
  if (mapped !== undefined) return mapped;
  return byName ? undefined : podPort(port);
}

class WorkloadIndex {
  readonly #byName = new Map<string, Workload>();
  readonly #byAddress = new Map<string, Workload>();
  readonly #byNamespace: ReadonlyMap<string, readonly Workload[]>;

  constructor(workloads: readonly Workload[]) {
    for (const workload of workloads) {
      if (workload.provenance.resource.kind === 'Pod') {
        this.#byName.set(`${workload.namespace}/${workload.name}`, workload);
      }
      // Pods on the host's network share its address: it names none of them.
      if (!workload.hostNetwork) for (const address of workload.addresses) this.#byAddress.set(address, workload);
    }
    this.#byNamespace = Map.groupBy(workloads, (workload) => workload.namespace);
  }

  named(namespace: string, name: string): Workload | undefined {
    return this.#byName.get(`${namespace}/${name}`);
  }

  at(address: string): Workload | undefined {
    return this.#byAddress.get(address);
  }

  selected(namespace: string, selector: Readonly<Record<string, string>>): Workload[] {
    return (this.#byNamespace.get(namespace) ?? []).filter(({ labels }) => labelsInclude(labels, selector));
  }
}
