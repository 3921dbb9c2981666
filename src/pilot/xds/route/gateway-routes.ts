// The route configurations of a gateway: for each, the servers that share it, and the route tables bound to their gateways.
import type { RouteTable } from '../../../model/route-table.ts';
import { isHostSubset } from '../../host-name.ts';
import type { ProxyView } from '../../proxy-view.ts';
import type { GatewayPort, GatewayPortServer } from '../../view/gateway-view.ts';
import { bracket } from './host-domains.ts';
import type { RouteConfigSlice, RouteSlice, VirtualHostSlice } from './route-slice.ts';
import { isCatchAll, tableRoutes } from './table-routes.ts';

export function gatewayRoutes(view: ProxyView): RouteConfigSlice[] {
  return groupServers(view.gatewayPorts()).map(([name, servers]) => ({
    name,
    virtualHosts: gatewayHosts(view, servers),
  }));
}

/** Servers of one plain port share a configuration; a TLS server has one to itself. */
function groupServers(ports: readonly GatewayPort[]): [string, GatewayPortServer[]][] {
  const byName = new Map<string, GatewayPortServer[]>();
  for (const port of ports) {
    for (const server of port.servers) {
      if (server.routeName === '') continue;
      const known = byName.get(server.routeName);
      if (known === undefined) byName.set(server.routeName, [server]);
      else known.push(server);
    }
  }
  return [...byName];
}

/** A virtual host while it is put together: several tables may add routes to one host. */
interface GrowingHost {
  readonly routes: RouteSlice[];
  readonly tables: Set<string>;
  requireTls: boolean;
}

function gatewayHosts(view: ProxyView, servers: readonly GatewayPortServer[]): VirtualHostSlice[] {
  const port = servers[0]?.server.port.number ?? 0;
  const hosts = new Map<string, GrowingHost>();
  for (const server of servers) addServer(view, hosts, server);
  if (hosts.size === 0) return [{ name: `blackhole:${port}`, domains: ['*'], routes: [], requireTls: false }];
  return [...hosts]
    .map(([host, { routes, requireTls }]) => ({
      name: `${bracket(host)}:${port}`,
      domains: [bracket(host)],
      routes: catchAllsLast(routes),
      requireTls,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function addServer(view: ProxyView, hosts: Map<string, GrowingHost>, { gateway, server }: GatewayPortServer): void {
  const gatewayName = `${gateway.namespace}/${gateway.name}`;
  const redirects = server.tls?.httpsRedirect === true;
  const context = {
    view: view.class,
    gateway: gatewayName,
    port: server.port.number,
    tls: server.tls !== undefined,
    service: (hostname: string) => view.class.service(hostname),
  };
  for (const table of view.class.gatewayRouteTables(gatewayName)) {
    const shared = commonHosts(serverHosts(server, table), table.hosts);
    if (shared.length === 0) continue;
    const routes = tableRoutes(table, context);
    if (routes.length === 0) continue;
    for (const host of shared) {
      const growing = grow(hosts, host);
      const key = `${table.namespace}/${table.name}`;
      if (!growing.tables.has(key)) growing.routes.push(...routes);
      growing.tables.add(key);
      growing.requireTls ||= redirects;
    }
  }
  // A redirect to https needs no route table.
  if (redirects) for (const { host } of server.hosts) grow(hosts, host).requireTls = true;
}

function grow(hosts: Map<string, GrowingHost>, host: string): GrowingHost {
  const growing = hosts.get(host) ?? { routes: [], tables: new Set<string>(), requireTls: false };
  hosts.set(host, growing);
  return growing;
}

/** Hosts that the server offers to tables of that namespace. */
function serverHosts(server: GatewayPortServer['server'], table: RouteTable): string[] {
  return server.hosts
    .filter(({ namespace }) => namespace === '*' || namespace === table.namespace)
    .map(({ host }) => host);
}

/** Of each pair that fits, the more specific one. */
function commonHosts(offered: readonly string[], wanted: readonly string[]): string[] {
  const common = new Set<string>();
  for (const a of offered) {
    for (const b of wanted) {
      if (isHostSubset(a, b)) common.add(a);
      else if (isHostSubset(b, a)) common.add(b);
    }
  }
  return [...common];
}

function catchAllsLast(routes: readonly RouteSlice[]): RouteSlice[] {
  const last = routes.filter((route) => route.kind === 'rule' && isCatchAll(route.match));
  return [...routes.filter((route) => !last.includes(route)), ...last];
}
