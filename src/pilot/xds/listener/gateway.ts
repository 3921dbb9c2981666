// A gateway's listeners: one for each port of the Gateways that select it; HTTP by routes, TCP and TLS passthrough by rules.
import type { L4Match, RouteTable } from '../../../model/route-table.ts';
import { hostsOverlap } from '../../host-name.ts';
import type { ProxyView } from '../../proxy-view.ts';
import type { GatewayPort, GatewayPortServer } from '../../view/gateway-view.ts';
import { statName } from '../cluster/cluster-name.ts';
import { accessLogOf } from './access-log.ts';
import { destinationProxy } from './destination-proxy.ts';
import { mergeChains } from './merge-chains.ts';
import type { FilterChain, ListenerSlice } from './listener-slice.ts';
import { matchAll, serverNamesOf } from './chain-match.ts';
import { isTakenPort } from '../own-ports.ts';
import { wildcard } from '../service-address.ts';

export function gatewayListeners(view: ProxyView): ListenerSlice[] {
  const unprivileged = view.proxy.metadata.UNPRIVILEGED_POD === 'true';
  return view.gatewayPorts().flatMap((port) => {
    if ((unprivileged && port.number < 1024) || isTakenPort(port.number)) return [];
    const name = `${port.bind || wildcard}_${port.number}`;
    const chains = gatewayChains(view, port, name);
    // A listener without chains would be refused; connections are refused instead until some route is there.
    return chains.length === 0 ? [] : [gatewayListener(view, { port, name, chains })];
  });
}

interface Composed {
  readonly port: GatewayPort;
  readonly name: string;
  readonly chains: readonly FilterChain[];
}

function gatewayListener(view: ProxyView, { port, name, chains }: Composed): ListenerSlice {
  const byName = chains.some(({ match }) => match.serverNames.length > 0);
  return {
    name,
    address: port.bind || wildcard,
    port: port.number,
    direction: 'outbound',
    bindToPort: true,
    useOriginalDst: false,
    filters: byName ? [{ kind: 'tls-inspector', disabledOn: undefined }] : [],
    // A client at the edge that says nothing is not taken for one that waits for the server to speak.
    inspectionTimeoutMs: 0,
    continueAfterTimeout: false,
    chains,
    defaultChain: undefined,
    accessLog: accessLogOf(view.model.settings),
  };
}

function gatewayChains(view: ProxyView, port: GatewayPort, name: string): FilterChain[] {
  const [first] = port.servers;
  if (first === undefined) return [];
  if (port.kind === 'http') return [httpChain(view, first, name)];
  return port.servers.reduce<FilterChain[]>((chains, server) => mergeChains(chains, serverChains(view, server)), []);
}

function httpChain(view: ProxyView, { routeName }: GatewayPortServer, name: string): FilterChain {
  const { settings } = view.model;
  return {
    name: '',
    match: matchAll,
    config: undefined,
    filter: {
      kind: 'http',
      side: 'gateway',
      statPrefix: statName(`outbound_${name}`),
      routes: { kind: 'rds', name: routeName },
      pathNormalization: settings.pathNormalization,
      grpcWeb: false,
      accessLog: accessLogOf(settings),
    },
  };
}

/** Opaque TCP, or TLS that is passed through by server name. Servers that end TLS wait for certificates. */
function serverChains(view: ProxyView, server: GatewayPortServer): FilterChain[] {
  const tables = boundTables(view, server);
  const { tls } = server.server;
  if (tls === undefined) return tcpChain(view, server, tables);
  return tls.mode === 'passthrough' ? passthroughChains(view, server, tables) : [];
}

/** Tables that name the gateway, whose namespace it lets in, with a host that it serves. */
function boundTables(view: ProxyView, { gateway, server }: GatewayPortServer): RouteTable[] {
  return view.class
    .gatewayRouteTables(gatewayName(gateway))
    .filter((table) =>
      server.hosts.some(
        ({ namespace, host }) =>
          (namespace === '*' || namespace === table.namespace) && table.hosts.some((own) => hostsOverlap(own, host)),
      ),
    );
}

/** All connections go to the first rule that fits. */
function tcpChain(view: ProxyView, server: GatewayPortServer, tables: readonly RouteTable[]): FilterChain[] {
  for (const table of tables) {
    const rule = table.tcp.find(
      ({ matches, destinations }) =>
        destinations.length > 0 && (matches.length === 0 || matches.some((match) => fits(match, server))),
    );
    if (rule === undefined) continue;
    const filter = destinationProxy(view.class, { rule, table, port: server.server.port.number });
    return [{ name: '', match: matchAll, filter, config: table.provenance.resource }];
  }
  return [];
}

function passthroughChains(view: ProxyView, server: GatewayPortServer, tables: readonly RouteTable[]): FilterChain[] {
  return tables.flatMap((table) =>
    table.tls.flatMap((rule) =>
      rule.matches.flatMap((match): FilterChain[] => {
        if (rule.destinations.length === 0 || !fits(match, server)) return [];
        const filter = destinationProxy(view.class, { rule, table, port: server.server.port.number });
        const names = { ...matchAll, serverNames: serverNamesOf(match.sniHosts) };
        return [{ name: '', match: names, filter, config: table.provenance.resource }];
      }),
    ),
  );
}

function fits(match: L4Match, { gateway, server }: GatewayPortServer): boolean {
  return (
    (match.port === undefined || match.port === 0 || match.port === server.port.number) &&
    (match.gateways.length === 0 || match.gateways.includes(gatewayName(gateway)))
  );
}

function gatewayName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
