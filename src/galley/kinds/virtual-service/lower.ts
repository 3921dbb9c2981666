// VirtualService to route table: names completed, defaults of the protobuf messages put in.
import type { HttpMatch, HttpRule, L4Match, RouteTable, TcpRule, TlsRule } from '../../../model/route-table.ts';
import { resolveExportTo } from '../parts/export-to.ts';
import type { KindContext, Resource } from '../kind.ts';
import { lowerDuration } from '../parts/durations.ts';
import { completeGatewayName } from '../parts/gateway-names.ts';
import { completeHost } from '../parts/host-names.ts';
import { lowerStringMatch, lowerValueMatch, type StringMatchBody } from '../parts/string-match.ts';
import { lowerAction, lowerRewrite, lowerWeighted } from './lower-action.ts';
import type { Surroundings } from './lower-destination.ts';
import { lowerCors, lowerFault, lowerHeaders, lowerMirrors, lowerRetries } from './lower-http-parts.ts';
import type { HttpMatchBody, HttpRuleBody, TcpRuleBody, TlsRuleBody, VirtualServiceBody } from './schema.ts';

export function lowerVirtualService(resource: Resource<VirtualServiceBody>, context: KindContext): RouteTable {
  const spec = resource.body.spec ?? {};
  const { ref } = resource;
  const around: Surroundings = { resource, namespace: ref.namespace, domain: context.settings.domain };
  const gateways = spec.gateways ?? [];
  return {
    provenance: { resource: ref, path: '' },
    createdAtMs: resource.createdAtMs,
    namespace: ref.namespace,
    name: ref.name,
    hosts: (spec.hosts ?? []).map((host) => completeHost(host, around.namespace, around.domain).toLowerCase()),
    gateways: gateways.length === 0 ? ['mesh'] : completeGateways(gateways, around),
    exportTo: resolveExportTo(spec.exportTo ?? [], ref.namespace, context.settings.defaultVirtualServiceExportTo),
    http: (spec.http ?? []).map((rule, index) => lowerHttpRule(rule, `spec.http[${index}]`, around)),
    tcp: (spec.tcp ?? []).map((rule, index) => lowerTcpRule(rule, `spec.tcp[${index}]`, around)),
    tls: (spec.tls ?? []).map((rule, index) => lowerTlsRule(rule, `spec.tls[${index}]`, around)),
  };
}

function completeGateways(names: readonly string[] | undefined, around: Surroundings): string[] {
  return (names ?? []).map((name) => completeGatewayName(name, around.namespace));
}

function lowerHttpRule(rule: HttpRuleBody, path: string, around: Surroundings): HttpRule {
  return {
    provenance: { resource: around.resource.ref, path },
    name: rule.name ?? '',
    matches: (rule.match ?? []).map((match, index) => lowerHttpMatch(match, `${path}.match[${index}]`, around)),
    action: lowerAction(rule, around),
    rewrite: lowerRewrite(rule.rewrite),
    timeoutMs: lowerDuration(rule.timeout),
    retries: lowerRetries(rule.retries),
    fault: lowerFault(rule.fault),
    mirrors: lowerMirrors(rule, around),
    cors: lowerCors(rule.corsPolicy),
    headers: lowerHeaders(rule.headers),
  };
}

function lowerHttpMatch(match: HttpMatchBody, path: string, around: Surroundings): HttpMatch {
  return {
    provenance: { resource: around.resource.ref, path },
    name: match.name ?? '',
    uri: lowerStringMatch(match.uri),
    ignoreUriCase: match.ignoreUriCase === true,
    scheme: lowerStringMatch(match.scheme),
    method: lowerStringMatch(match.method),
    authority: lowerStringMatch(match.authority),
    headers: lowerNamed(match.headers),
    withoutHeaders: lowerNamed(match.withoutHeaders),
    queryParams: lowerNamed(match.queryParams),
    port: match.port === 0 ? undefined : match.port,
    sourceLabels: match.sourceLabels ?? {},
    sourceNamespace: match.sourceNamespace ?? '',
    gateways: completeGateways(match.gateways, around),
    statPrefix: match.statPrefix ?? '',
  };
}

/** Sorted by name, so that equal configuration prints equal bytes. */
function lowerNamed(matches: Readonly<Record<string, StringMatchBody>> | undefined): HttpMatch['headers'] {
  return Object.entries(matches ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, match]) => ({ name, match: lowerValueMatch(match) }));
}

function lowerLayer4Match(match: NonNullable<TcpRuleBody['match']>[number], around: Surroundings): L4Match {
  return {
    destinationSubnets: match.destinationSubnets ?? [],
    port: match.port === 0 ? undefined : match.port,
    sourceLabels: match.sourceLabels ?? {},
    sourceNamespace: match.sourceNamespace ?? '',
    gateways: completeGateways(match.gateways, around),
  };
}

function lowerTcpRule(rule: TcpRuleBody, path: string, around: Surroundings): TcpRule {
  return {
    provenance: { resource: around.resource.ref, path },
    matches: (rule.match ?? []).map((match) => lowerLayer4Match(match, around)),
    destinations: lowerWeighted(rule.route, around),
  };
}

function lowerTlsRule(rule: TlsRuleBody, path: string, around: Surroundings): TlsRule {
  return {
    provenance: { resource: around.resource.ref, path },
    matches: rule.match.map((match) => ({
      ...lowerLayer4Match(match, around),
      sniHosts: match.sniHosts.map((host) => host.toLowerCase()),
    })),
    destinations: lowerWeighted(rule.route, around),
  };
}
