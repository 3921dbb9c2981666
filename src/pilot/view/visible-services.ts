// All services that a proxy gets clusters for: those imported by its egress listeners and the destinations of its routes.
import type { RouteTable, WeightedDestination } from '../../model/route-table.ts';
import type { Service } from '../../model/service.ts';
import type { EgressView } from './egress-view.ts';
import { listenerPort, trimToPorts } from './egress-view.ts';
import type { MeshIndex } from './mesh-index.ts';
import { isVisibleTo } from './visibility.ts';

/** One service per hostname. Imported ones come first; a destination that was not imported is added with its routed ports. */
export function collectServices(index: MeshIndex, namespace: string, egress: readonly EgressView[]): Service[] {
  const collected = new Map<string, Service>();
  for (const view of egress) {
    for (const service of view.services) add(collected, service);
    const port = listenerPort(view.listener);
    for (const table of view.routeTables) {
      for (const [host, ports] of destinationPorts(table, namespace)) {
        const service = pickService(index, host, namespace);
        if (service === undefined) continue;
        const wanted = (number: number): boolean =>
          port === undefined ? ports.has(0) || ports.has(number) : number === port;
        const trimmed = trimToPorts(service, wanted);
        if (trimmed !== undefined) add(collected, trimmed);
      }
    }
  }
  return [...collected.values()];
}

function add(collected: Map<string, Service>, service: Service): void {
  const known = collected.get(service.hostname);
  if (known === undefined) {
    collected.set(service.hostname, service);
    return;
  }
  if (known === service) return;
  if (known.registry !== service.registry) {
    // A Kubernetes service cannot be displaced by an external one that squats on its name.
    if (service.registry === 'kubernetes') collected.set(service.hostname, service);
    return;
  }
  if (!canMerge(known, service)) return;
  const numbers = new Set(known.ports.map((port) => port.number));
  const added = service.ports.filter((port) => !numbers.has(port.number));
  if (added.length > 0) collected.set(service.hostname, { ...known, ports: [...known.ports, ...added] });
}

function canMerge(a: Service, b: Service): boolean {
  return (
    a.namespace === b.namespace &&
    a.resolution === b.resolution &&
    JSON.stringify(a.selector ?? {}) === JSON.stringify(b.selector ?? {})
  );
}

/** The namespace's own service of that name, else that of the first namespace by name that exports it here. */
export function pickService(index: MeshIndex, hostname: string, namespace: string): Service | undefined {
  const byNamespace = index.servicesByHost.get(hostname);
  if (byNamespace === undefined) return undefined;
  const own = byNamespace.get(namespace);
  if (own !== undefined) return own;
  const visible = [...byNamespace.values()].filter((service) => isVisibleTo(service, namespace));
  return visible.sort((a, b) => (a.namespace < b.namespace ? -1 : 1))[0];
}

/** Hosts that a table sends traffic to, with the ports named (0: none was named). */
function destinationPorts(table: RouteTable, namespace: string): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  const addHost = (host: string, port: number | undefined): void => {
    const ports = found.get(host) ?? new Set<number>();
    found.set(host, ports.add(port ?? 0));
  };
  const addAll = (destinations: readonly WeightedDestination[]): void => {
    for (const { destination } of destinations) addHost(destination.host, destination.port);
  };
  for (const rule of table.http) {
    if (!appliesTo(rule.matches, namespace)) continue;
    if (rule.action.kind === 'route') addAll(rule.action.destinations);
    for (const mirror of rule.mirrors) addHost(mirror.destination.host, mirror.destination.port);
  }
  for (const rule of [...table.tcp, ...table.tls]) {
    if (appliesTo(rule.matches, namespace)) addAll(rule.destinations);
  }
  return found;
}

function appliesTo(matches: readonly { readonly sourceNamespace: string }[], namespace: string): boolean {
  return (
    matches.length === 0 ||
    matches.some(({ sourceNamespace }) => sourceNamespace === '' || sourceNamespace === namespace)
  );
}
