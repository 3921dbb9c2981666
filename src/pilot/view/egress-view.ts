// What one egress listener of a Sidecar imports: services (perhaps with fewer ports) and route tables.
import type { RouteTable } from '../../model/route-table.ts';
import type { Service } from '../../model/service.ts';
import type { EgressHost, EgressListener } from '../../model/sidecar-scope.ts';
import { compareHosts, hostsOverlap, isHostSubset, isWildcardHost, mostSpecificPattern } from '../host-name.ts';
import type { MeshIndex } from './mesh-index.ts';

export interface EgressView {
  /** undefined: the implicit listener that imports all. */
  readonly listener: EgressListener | undefined;
  readonly services: readonly Service[];
  /** Bound to `mesh`, in order of precedence. */
  readonly routeTables: readonly RouteTable[];
  /** The table whose hosts match a service's hostname best: only that one may route it through a wildcard host. */
  bestTable(hostname: string): RouteTable | undefined;
  /** Names of ExternalName services that stand for the host. */
  aliasesOf(hostname: string): readonly string[];
}

type HostsByNamespace = ReadonlyMap<string, readonly string[]>;

export function createEgressView(
  index: MeshIndex,
  namespace: string,
  listener: EgressListener | undefined,
): EgressView {
  const hosts = groupHosts(listener?.hosts ?? [{ namespace: '*', host: '*' }], namespace);
  const port = listenerPort(listener);
  const services = selectServices(index.servicesFor(namespace), hosts, { namespace, port });
  const routeTables = selectTables(index.routeTablesFor(namespace, 'mesh'), hosts);
  return {
    listener,
    services,
    routeTables,
    bestTable: createTableIndex(routeTables),
    aliasesOf: createAliasIndex(services),
  };
}

/** undefined when the listener is for all ports. */
export function listenerPort(listener: EgressListener | undefined): number | undefined {
  const number = listener?.port?.number;
  return number === undefined || number === 0 ? undefined : number;
}

export function trimToPorts(service: Service, wanted: (port: number) => boolean): Service | undefined {
  const ports = service.ports.filter((port) => wanted(port.number));
  if (ports.length === 0) return undefined;
  return ports.length === service.ports.length ? service : { ...service, ports };
}

function groupHosts(hosts: readonly EgressHost[], namespace: string): HostsByNamespace {
  const grouped = new Map<string, string[]>();
  for (const { namespace: written, host } of hosts) {
    // The default Sidecar of the root namespace holds elsewhere, so that `.` is the namespace of the proxy.
    const owner = written === '.' ? namespace : written;
    const known = grouped.get(owner);
    if (known === undefined) grouped.set(owner, [host]);
    else known.push(host);
  }
  return grouped;
}

interface ImportTarget {
  readonly namespace: string;
  readonly port: number | undefined;
}

function selectServices(services: readonly Service[], hosts: HostsByNamespace, target: ImportTarget): Service[] {
  const { namespace, port } = target;
  const wanted = (service: Service): boolean =>
    [...(hosts.get(service.namespace) ?? []), ...(hosts.get('*') ?? [])].some((host) =>
      isHostSubset(service.hostname, host),
    );
  const imported: Service[] = [];
  for (const service of services) {
    if (!wanted(service)) continue;
    const trimmed = port === undefined ? service : trimToPorts(service, (number) => number === port);
    if (trimmed !== undefined) imported.push(trimmed);
  }
  return onePerHost(imported, namespace);
}

/** One namespace per hostname: the proxy's own, else a Kubernetes service, else the first. */
function onePerHost(services: readonly Service[], namespace: string): Service[] {
  const chosen = new Map<string, Service>();
  for (const service of services) {
    const known = chosen.get(service.hostname);
    const displaces =
      known === undefined ||
      service.namespace === namespace ||
      (known.registry !== 'kubernetes' && service.registry === 'kubernetes' && known.namespace !== namespace);
    if (displaces) chosen.set(service.hostname, service);
  }
  return services.filter((service) => chosen.get(service.hostname)?.namespace === service.namespace);
}

/** For historical reasons a table is imported when its host and the imported one overlap in either direction. */
function selectTables(tables: readonly RouteTable[], hosts: HostsByNamespace): RouteTable[] {
  return tables.filter((table) => {
    const imported = [...(hosts.get(table.namespace) ?? []), ...(hosts.get('*') ?? [])];
    return table.hosts.some((host) => imported.some((wanted) => hostsOverlap(host, wanted)));
  });
}

function createTableIndex(tables: readonly RouteTable[]): (hostname: string) => RouteTable | undefined {
  const exact = new Map<string, RouteTable>();
  const wildcards = new Map<string, RouteTable>();
  for (const table of tables) {
    for (const host of table.hosts) {
      const map = isWildcardHost(host) ? wildcards : exact;
      if (!map.has(host)) map.set(host, table);
    }
  }
  const patterns = [...wildcards.keys()].sort(compareHosts);
  return (hostname) => {
    const known = exact.get(hostname);
    if (known !== undefined) return known;
    const pattern = mostSpecificPattern(hostname, patterns);
    return pattern === undefined ? undefined : wildcards.get(pattern);
  };
}

function createAliasIndex(services: readonly Service[]): (hostname: string) => readonly string[] {
  const targets = new Map(
    services.flatMap(({ hostname, externalName }) => (externalName ? [[hostname, externalName]] : [])),
  );
  const aliases = new Map<string, string[]>();
  for (const alias of targets.keys()) {
    let host = alias;
    // An alias may name another one; a ring of them ends with nothing.
    for (let next = targets.get(host), steps = 0; next !== undefined && steps < 8; next = targets.get(host), steps++)
      host = next;
    if (!targets.has(host)) aliases.set(host, [...(aliases.get(host) ?? []), alias]);
  }
  return (hostname) => aliases.get(hostname) ?? [];
}
