// The virtual hosts of a sidecar for one port: route tables first, in their order of precedence, then services without one.
import type { RouteTable } from '../../../model/route-table.ts';
import type { Protocol, Service } from '../../../model/service.ts';
import { hostsOverlap, isWildcardHost } from '../../host-name.ts';
import type { EgressView } from '../../view/egress-view.ts';
import type { ViewClass } from '../../view/view-class.ts';
import { serviceHash } from './hash-key.ts';
import { bracket, serviceDomains } from './host-domains.ts';
import type { RouteSlice, VirtualHostSlice } from './route-slice.ts';
import { tableRoutes } from './table-routes.ts';

/** Hosts without a service can be routed on this port alone, as in Istio. */
const portOfForeignHosts = 80;

export function isHttpOrSniffed(protocol: Protocol): boolean {
  return (
    protocol === 'http' || protocol === 'http2' || protocol === 'grpc' || protocol === 'grpc-web' || protocol === 'auto'
  );
}

/** Hosts that share their routes. */
interface HostGroup {
  readonly services: readonly Service[];
  readonly foreignHosts: readonly string[];
  readonly routes: readonly RouteSlice[];
}

export function outboundHosts(view: ViewClass, egress: EgressView, port: number): VirtualHostSlice[] {
  const services = servicesOnPort(egress, port);
  const groups = [...tableGroups(view, egress, port, services)];
  const claimed = new Set(groups.flatMap((group) => group.services.map((service) => service.hostname)));
  for (const [hostname, service] of services) {
    const httpPort = service.ports.find(({ protocol }) => isHttpOrSniffed(protocol));
    if (claimed.has(hostname) || httpPort === undefined || service.externalName !== undefined) continue;
    const hash = serviceHash(view, service, port);
    groups.push({ services: [service], foreignHosts: [], routes: [{ kind: 'default', hostname, port, hash }] });
  }
  return virtualHosts(groups, { port, dnsDomain: view.dnsDomain, egress });
}

/** Services that have the port, trimmed to it, by hostname in alphabetical order. */
function servicesOnPort(egress: EgressView, port: number): Map<string, Service> {
  const found = egress.services.flatMap((service): [string, Service][] => {
    const ports = service.ports.filter(({ number }) => number === port);
    return ports.length === 0 ? [] : [[service.hostname, { ...service, ports: ports.slice(0, 1) }]];
  });
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function tableGroups(
  view: ViewClass,
  egress: EgressView,
  port: number,
  services: ReadonlyMap<string, Service>,
): HostGroup[] {
  const names = [...services.keys()];
  const matchesService = (table: RouteTable): boolean =>
    table.hosts.some((host) => services.has(host) || names.some((name) => overlapsWildcard(host, name)));
  const context = { view, gateway: 'mesh', port, tls: false, service: (host: string) => services.get(host) };
  return egress.routeTables.flatMap((table) => {
    if (port !== portOfForeignHosts && !matchesService(table)) return [];
    const routes = tableRoutes(table, context);
    if (routes.length === 0) return [];
    const group = splitHosts(table, egress, services);
    const http = group.services.filter((service) => service.ports.some(({ protocol }) => isHttpOrSniffed(protocol)));
    if (http.length === 0 && port !== portOfForeignHosts) return [];
    return [{ services: http, foreignHosts: group.foreignHosts, routes }];
  });
}

function overlapsWildcard(host: string, serviceHost: string): boolean {
  return (isWildcardHost(host) || isWildcardHost(serviceHost)) && hostsOverlap(host, serviceHost);
}

/** A wildcard host takes the services for which no other table fits better, and stands for itself only if it meets none. */
function splitHosts(
  table: RouteTable,
  egress: EgressView,
  services: ReadonlyMap<string, Service>,
): Omit<HostGroup, 'routes'> {
  const found = new Map<string, Service>();
  const foreignHosts: string[] = [];
  for (const host of table.hosts) {
    if (isWildcardHost(host)) continue;
    const service = services.get(host);
    if (service === undefined) foreignHosts.push(host);
    else found.set(host, service);
  }
  for (const host of table.hosts) {
    if (!isWildcardHost(host)) continue;
    const meets = [...services].filter(([hostname]) => hostsOverlap(hostname, host));
    if (meets.length === 0) foreignHosts.push(host);
    for (const [hostname, service] of meets) if (isBestTable(table, egress, hostname)) found.set(hostname, service);
  }
  return { services: [...found.values()], foreignHosts };
}

function isBestTable(table: RouteTable, egress: EgressView, hostname: string): boolean {
  const best = egress.bestTable(hostname);
  return best !== undefined && best.namespace === table.namespace && best.name === table.name;
}

interface Surroundings {
  readonly port: number;
  readonly dnsDomain: string;
  readonly egress: EgressView;
}

/** Envoy refuses a domain or a name that occurs twice: the first to claim it keeps it. */
function virtualHosts(groups: readonly HostGroup[], { port, dnsDomain, egress }: Surroundings): VirtualHostSlice[] {
  const realNames = new Set(groups.flatMap((group) => group.services.map((service) => service.hostname)));
  const names = new Set<string>();
  // `*` is the fallback's.
  const domainsTaken = new Set(['*']);
  const hosts: VirtualHostSlice[] = [];
  const add = (hostname: string, wanted: readonly string[], routes: readonly RouteSlice[]): void => {
    const name = `${bracket(hostname)}:${port}`;
    if (names.has(name)) return;
    names.add(name);
    const domains = wanted.filter((domain) => !domainsTaken.has(domain.toLowerCase()));
    for (const domain of domains) domainsTaken.add(domain.toLowerCase());
    if (domains.length > 0) hosts.push({ name, domains: [...new Set(domains)], routes, requireTls: false });
  };
  for (const { services, foreignHosts, routes } of groups) {
    for (const host of foreignHosts) add(host, [bracket(host)], routes);
    for (const service of services) {
      const { domains, derived } = serviceDomains(service, egress.aliasesOf(service.hostname), dnsDomain);
      const free = domains.filter((domain) => !(derived.includes(domain) && realNames.has(domain)));
      add(service.hostname, free, routes);
    }
  }
  return hosts.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
