// Selects what of a route table holds for a proxy on a port: rules whose port, gateway and source fit, up to the first catch-all.
import type { HttpMatch, HttpRule, RouteTable, WeightedDestination } from '../../../model/route-table.ts';
import type { Service } from '../../../model/service.ts';
import type { ViewClass } from '../../view/view-class.ts';
import { labelsInclude } from '../../../lib/labels.ts';
import { blackHoleCluster, outboundCluster } from '../cluster/cluster-name.ts';
import { destinationHash } from './hash-key.ts';
import type { BodySlice, RouteActionSlice, RuleRoute, TargetSlice } from './route-slice.ts';

export interface RouteContext {
  readonly view: ViewClass;
  /** `mesh`, or the gateway as `namespace/name`. */
  readonly gateway: string;
  /** Port that clients address: a service's, or a gateway server's. */
  readonly port: number;
  readonly tls: boolean;
  /** The service that a destination without a port takes its port from, if that has but one. */
  service(hostname: string): Service | undefined;
}

export function tableRoutes(table: RouteTable, context: RouteContext): RuleRoute[] {
  const routes: RuleRoute[] = [];
  for (const rule of table.http) {
    if (rule.matches.length === 0) return [...routes, ...ruleRoute(table, rule, undefined, context)];
    for (const match of rule.matches) {
      if (!matchApplies(match, context)) continue;
      routes.push(...ruleRoute(table, rule, match, context));
      // Nothing after it can be reached.
      if (isCatchAll(match)) return routes;
    }
  }
  return routes;
}

export function isCatchAll(match: RuleRoute['match']): boolean {
  if (match === undefined) return true;
  const { uri } = match;
  const anyPath =
    uri === undefined || (uri.kind === 'prefix' && uri.value === '/') || (uri.kind === 'regex' && uri.value === '.*');
  const conditions = [match.method, match.authority, match.scheme];
  return (
    anyPath &&
    conditions.every((condition) => condition === undefined) &&
    match.headers.length + match.withoutHeaders.length + match.queryParams.length === 0
  );
}

/** A match that names gateways is not asked for its source. */
function matchApplies(match: HttpMatch, context: RouteContext): boolean {
  if (match.port !== undefined && match.port !== 0 && match.port !== context.port) return false;
  if (match.gateways.length > 0) return match.gateways.includes(context.gateway);
  const { labels, namespace } = context.view;
  return (
    labelsInclude(labels, match.sourceLabels) && (match.sourceNamespace === '' || match.sourceNamespace === namespace)
  );
}

function ruleRoute(
  table: RouteTable,
  rule: HttpRule,
  match: HttpMatch | undefined,
  context: RouteContext,
): RuleRoute[] {
  const action = ruleAction(rule, context);
  if (action === undefined) return [];
  return [
    {
      kind: 'rule',
      config: table.provenance.resource,
      path: (match ?? rule).provenance.path,
      name: match === undefined || match.name === '' ? rule.name : `${rule.name}.${match.name}`,
      match: match && matchSlice(match),
      statPrefix: match?.statPrefix ?? '',
      port: context.port,
      tls: context.tls,
      action,
      headers: rule.headers,
      fault: rule.fault,
      cors: rule.cors,
    },
  ];
}

function matchSlice(match: HttpMatch): NonNullable<RuleRoute['match']> {
  const { uri, ignoreUriCase, scheme, method, authority, headers, withoutHeaders, queryParams } = match;
  return { uri, ignoreUriCase, scheme, method, authority, headers, withoutHeaders, queryParams };
}

function ruleAction(rule: HttpRule, context: RouteContext): RouteActionSlice | undefined {
  const { action } = rule;
  switch (action.kind) {
    case 'redirect':
      return action;
    case 'direct':
      return { kind: 'direct', status: action.status, body: action.body && bodySlice(action.body) };
    case 'delegate':
      // Delegates are merged into their roots before; one that is left points nowhere.
      return undefined;
    case 'route':
      return {
        kind: 'forward',
        targets: targets(action.destinations, context),
        rewrite: rule.rewrite,
        timeoutMs: rule.timeoutMs,
        retries: rule.retries,
        mirrors: rule.mirrors
          .filter((mirror) => mirror.percent !== 0)
          .map(({ destination, percent }) => ({ cluster: clusterOf(destination, context), percent })),
      };
  }
}

function bodySlice(body: Uint8Array): BodySlice {
  const bytes = Buffer.from(body);
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString('base64') };
}

function targets(destinations: readonly WeightedDestination[], context: RouteContext): TargetSlice[] {
  const weighted = destinations.length === 1 ? destinations : destinations.filter(({ weight }) => weight > 0);
  // Envoy refuses a route without a cluster; validation does not let such a rule through.
  if (weighted.length === 0) return [{ cluster: blackHoleCluster, weight: 1, headers: undefined, hash: undefined }];
  return weighted.map((target) => ({
    cluster: clusterOf(target.destination, context),
    weight: target.weight,
    headers: target.headers,
    hash: destinationHash(context.view, target.destination),
  }));
}

function clusterOf(destination: WeightedDestination['destination'], context: RouteContext): string {
  const service = context.service(destination.host);
  const onlyPort = service?.ports.length === 1 ? service.ports[0]?.number : undefined;
  const host = service?.externalName ?? destination.host;
  return outboundCluster(host, destination.port ?? onlyPort ?? context.port, destination.subset);
}
