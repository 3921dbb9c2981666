// The filter chains of one service port: HTTP by its routes, bytes by TCP rules, TLS by the name that the client asks for.
import type { L4Match, RouteTable, TcpRule, TlsRule } from '../../../model/route-table.ts';
import { hostsOverlap } from '../../host-name.ts';
import { labelsInclude } from '../../../lib/labels.ts';
import type { ViewClass } from '../../view/view-class.ts';
import { outboundCluster, statName } from '../cluster/cluster-name.ts';
import { isTls, protocolKind } from '../protocol-kind.ts';
import { accessLogOf } from './access-log.ts';
import { destinationProxy, singleProxy } from './destination-proxy.ts';
import { mergeChains } from './merge-chains.ts';
import type { ChainMatch, FilterChain } from './listener-slice.ts';
import type { OutboundPort } from './outbound-port.ts';
import { matchAll, plainHttpProtocols, rangesOf, serverNamesOf } from './chain-match.ts';
import { wildcard } from '../service-address.ts';

export const rawHttpMatch: ChainMatch = {
  ...matchAll,
  applicationProtocols: plainHttpProtocols,
  transportProtocol: 'raw_buffer',
};

export function httpChain(view: ViewClass, target: OutboundPort): FilterChain {
  const { port, bind, service } = target;
  const { settings } = view.index.model;
  // A port whose protocol is found out has routes of its own, so that bytes of one service never meet another's routes.
  const own = protocolKind(port.protocol) === 'auto' && bind !== wildcard;
  const routes = port.number === 0 ? bind : own ? `${service.hostname}:${port.number}` : `${port.number}`;
  return {
    name: '',
    match: matchAll,
    config: undefined,
    filter: {
      kind: 'http',
      side: 'outbound',
      statPrefix: statName(`outbound_${bind}_${port.number}`),
      routes: { kind: 'rds', name: routes },
      pathNormalization: settings.pathNormalization,
      grpcWeb: port.protocol === 'grpc-web',
      accessLog: accessLogOf(settings),
    },
  };
}

export function tcpChains(view: ViewClass, target: OutboundPort): FilterChain[] {
  const tables = target.egress.routeTables.filter(({ hosts }) =>
    hosts.some((host) => hostsOverlap(host, target.service.hostname)),
  );
  return isTls(target.port.protocol) ? tlsChains(view, target, tables) : byteChains(view, target, tables);
}

/** By server name. The rules of several tables count in order; of two with the same names and ranges the first. */
function tlsChains(view: ViewClass, target: OutboundPort, tables: readonly RouteTable[]): FilterChain[] {
  const chains: FilterChain[] = [];
  const seen = new Set<string>();
  let ranges: readonly string[] = target.cidr === '' ? [] : [target.cidr];
  for (const table of tables) {
    for (const rule of table.tls) {
      for (const match of matching(view, target, rule)) {
        if (match.destinationSubnets.length > 0 && target.port.number > 0) ranges = match.destinationSubnets;
        const key = `${match.sniHosts.join()}|${match.destinationSubnets.join()}`;
        if (seen.has(key)) continue;
        seen.add(key);
        chains.push({
          name: '',
          match: { ...matchAll, serverNames: serverNamesOf(match.sniHosts), prefixRanges: rangesOf(ranges) },
          filter: destinationProxy(view, { rule, table, port: target.port.number }),
          config: table.provenance.resource,
        });
      }
    }
  }
  if (chains.length > 0) return mergeChains([], chains);
  // At an address of its own a service needs no name to be told from others.
  const shared = target.cidr !== '' || (target.bind === wildcard && target.service.addresses.length === 0);
  return [
    {
      ...serviceChain(view, target),
      match: {
        ...matchAll,
        serverNames: shared ? serverNamesOf([target.service.hostname]) : [],
        prefixRanges: rangesOf(ranges),
      },
    },
  ];
}

function matching(view: ViewClass, target: OutboundPort, rule: TlsRule): TlsRule['matches'] {
  return rule.matches.filter((match) => l4Matches(view, match, target.port.number));
}

/** The first rule that takes any address ends the search; rules for some addresses come before it as chains of their own. */
function byteChains(view: ViewClass, target: OutboundPort, tables: readonly RouteTable[]): FilterChain[] {
  const chains: FilterChain[] = [];
  const ranges = target.cidr === '' ? [] : [target.cidr];
  for (const table of tables) {
    for (const rule of table.tcp) {
      const found = rule.matches.filter((match) => l4Matches(view, match, target.port.number));
      const subnets = found.flatMap((match) => match.destinationSubnets);
      const any =
        rule.matches.length === 0 ||
        found.some(({ destinationSubnets }) => destinationSubnets.length === 0 || target.port.number === 0);
      if (!any && subnets.length === 0) continue;
      chains.push(ruleChain(view, target, { rule, table, ranges: rangesOf(any ? ranges : subnets) }));
      if (any) return mergeChains([], chains);
    }
  }
  return mergeChains([], [...chains, serviceChain(view, target)]);
}

interface RuleUse {
  readonly rule: TcpRule;
  readonly table: RouteTable;
  readonly ranges: readonly string[];
}

function ruleChain(view: ViewClass, target: OutboundPort, use: RuleUse): FilterChain {
  return {
    name: '',
    match: { ...matchAll, prefixRanges: use.ranges },
    filter: destinationProxy(view, { rule: use.rule, table: use.table, port: target.port.number }),
    config: use.table.provenance.resource,
  };
}

function l4Matches(view: ViewClass, match: L4Match, port: number): boolean {
  return (
    (match.gateways.length === 0 || match.gateways.includes('mesh')) &&
    labelsInclude(view.labels, match.sourceLabels) &&
    (match.port === undefined || match.port === 0 || match.port === port) &&
    (match.sourceNamespace === '' || match.sourceNamespace === view.namespace)
  );
}

/** Straight to the service. A Sidecar's own port number stands for the only port that the service has. */
function serviceChain(view: ViewClass, target: OutboundPort): FilterChain {
  const { service, port, cidr } = target;
  const [only, ...rest] = service.ports;
  const number = only !== undefined && rest.length === 0 ? only.number : port.number;
  return {
    name: '',
    match: { ...matchAll, prefixRanges: cidr === '' ? [] : rangesOf([cidr]) },
    filter: singleProxy(view, { cluster: outboundCluster(service.hostname, number), service, subset: '' }),
    config: undefined,
  };
}
