// The webhook's rules on a VirtualService as a whole, and on its TCP and TLS rules. Source: Istio's pkg/config/validation.
import { isIP } from 'node:net';
import { childPath } from '../../../lib/field-path.ts';
import type { Issue } from '../../../lib/issue.ts';
import type { Resource } from '../kind.ts';
import { checkSubnet } from '../parts/addresses.ts';
import { checkAnnotations } from '../parts/annotations.ts';
import { checkExportTo } from '../parts/export-to.ts';
import { checkGatewayNames } from '../parts/gateway-names.ts';
import { isClaimRoute } from '../parts/headers.ts';
import { checkWildcardDomain, hostCovers, hostsOverlap } from '../parts/host-names.ts';
import { type IssueList, issueList, type Problem } from '../parts/issue-list.ts';
import { checkLabels } from '../parts/labels.ts';
import { checkDestinations, checkMatchPort } from './destinations.ts';
import type { HttpRuleBody, TcpRuleBody, TlsRuleBody, VirtualServiceBody, VirtualServiceSpec } from './schema.ts';
import { checkReach } from './reach.ts';
import { checkHttpRule } from './validate-http.ts';

export function validateVirtualService({ ref, metadata, body }: Resource<VirtualServiceBody>): Issue[] {
  const spec = body.spec ?? {};
  const list = issueList();
  checkAnnotations(metadata, list);
  if (isDelegate(spec)) checkDelegate(spec, list);
  checkGatewayNames(spec.gateways, 'spec.gateways', list);
  checkHosts(spec, list);
  const { http = [], tcp = [], tls = [] } = spec;
  if (http.length + tcp.length + tls.length === 0) {
    list.error('spec', 'missing', 'one of `http`, `tcp` and `tls` is needed');
  }
  for (const [index, rule] of http.entries()) {
    const path = `spec.http[${index}]`;
    if (!onlyGateways(spec)) checkClaimRoutes(rule, path, list);
    checkHttpRule(rule, path, isDelegate(spec), list);
  }
  for (const [index, rule] of tcp.entries()) checkTcpRule(rule, `spec.tcp[${index}]`, list);
  for (const [index, rule] of tls.entries()) checkTlsRule(rule, `spec.tls[${index}]`, spec, list);
  checkExportTo(spec.exportTo, ref.namespace, list);
  checkReach(spec, list);
  return list.issues;
}

/** Without hosts of its own it is there to be named by another one's `delegate`. */
function isDelegate(spec: VirtualServiceSpec): boolean {
  return (spec.hosts ?? []).length === 0;
}

function onlyGateways(spec: VirtualServiceSpec): boolean {
  return (spec.gateways ?? []).length > 0 && !(spec.gateways ?? []).includes('mesh');
}

function checkDelegate(spec: VirtualServiceSpec, list: IssueList): void {
  for (const field of ['gateways', 'tls', 'tcp'] as const) {
    if ((spec[field] ?? []).length === 0) continue;
    list.error(`spec.${field}`, 'crossing', `without \`hosts\` this is a delegate, which has no \`${field}\``);
  }
}

function checkHosts(spec: VirtualServiceSpec, list: IssueList): void {
  const hosts = spec.hosts ?? [];
  const inMesh = !onlyGateways(spec);
  let allValid = true;
  for (const [index, host] of hosts.entries()) {
    const problem = checkHost(host, spec, inMesh);
    if (problem !== undefined) allValid = false;
    list.add(`spec.hosts[${index}]`, problem);
  }
  if (!allValid) return;
  for (const [index, host] of hosts.entries()) {
    const other = hosts.findIndex((each, at) => at < index && hostsOverlap(each, host));
    if (other < 0) continue;
    const same = hosts[other] === host;
    list.error(
      `spec.hosts[${index}]`,
      'duplicate',
      same ? `\`${host}\` is listed twice` : `\`${host}\` and \`${hosts[other]}\` mean the same hosts in part`,
    );
  }
}

function checkHost(host: string, spec: VirtualServiceSpec, inMesh: boolean): Problem {
  const problem = isSniName(host) && onlyGateways(spec) && hasSniHosts(spec) ? undefined : checkWildcardDomain(host);
  if (problem !== undefined) return isIP(host) === 0 ? problem : undefined;
  return inMesh && host === '*'
    ? {
        code: 'bad-value',
        message: '`*` is only for gateways',
        hint: 'name the hosts, or name gateways other than `mesh` in `spec.gateways`',
      }
    : undefined;
}

/** The names that gateways between networks see: `outbound_.80_._.reviews.shop.svc.cluster.local`. */
function isSniName(host: string): boolean {
  return /^outbound_\..*?[0-8]/.test(host);
}

function hasSniHosts(spec: VirtualServiceSpec): boolean {
  return (spec.tls ?? []).some((rule) => rule.match.some((match) => match.sniHosts.length > 0));
}

/** Only gateways verify tokens before they route. */
function checkClaimRoutes(rule: HttpRuleBody, path: string, list: IssueList): void {
  for (const [index, match] of (rule.match ?? []).entries()) {
    for (const field of ['headers', 'withoutHeaders'] as const) {
      for (const name of Object.keys(match[field] ?? {}).filter(isClaimRoute)) {
        const at = childPath(`${path}.match[${index}].${field}`, name);
        list.error(at, 'crossing', 'routing by claims works at gateways only');
      }
    }
  }
}

function checkTcpRule(rule: TcpRuleBody, path: string, list: IssueList): void {
  for (const [index, match] of (rule.match ?? []).entries()) checkLayer4Match(match, `${path}.match[${index}]`, list);
  if ((rule.route ?? []).length === 0) list.error(path, 'missing', '`route` with a destination is needed');
  checkDestinations(rule.route, `${path}.route`, list);
}

function checkTlsRule(rule: TlsRuleBody, path: string, spec: VirtualServiceSpec, list: IssueList): void {
  if (rule.match.length === 0) list.error(`${path}.match`, 'missing', 'at least one match is needed');
  for (const [index, match] of rule.match.entries()) {
    const at = `${path}.match[${index}]`;
    if (match.sniHosts.length === 0) list.error(`${at}.sniHosts`, 'missing', 'at least one SNI host is needed');
    for (const [each, host] of match.sniHosts.entries()) checkSniHost(host, `${at}.sniHosts[${each}]`, spec, list);
    checkLayer4Match(match, at, list);
  }
  if ((rule.route ?? []).length === 0) list.error(path, 'missing', '`route` with a destination is needed');
  checkDestinations(rule.route, `${path}.route`, list);
}

function checkSniHost(host: string, at: string, spec: VirtualServiceSpec, list: IssueList): void {
  const problem = isSniName(host) && !(spec.gateways ?? []).includes('mesh') ? undefined : checkWildcardDomain(host);
  if (problem !== undefined) {
    if (isIP(host) === 0) list.add(at, problem);
    else list.warning(at, 'bad-value', 'few clients send an address as SNI');
    return;
  }
  const hosts = spec.hosts ?? [];
  if (!hosts.some((outer) => hostCovers(outer, host))) {
    list.error(at, 'crossing', `\`${host}\` is none of \`spec.hosts\``, `these are ${hosts.join(', ')}`);
  }
}

function checkLayer4Match(
  match: NonNullable<TcpRuleBody['match']>[number] | TlsRuleBody['match'][number],
  path: string,
  list: IssueList,
): void {
  for (const [index, subnet] of (match.destinationSubnets ?? []).entries()) {
    list.add(`${path}.destinationSubnets[${index}]`, checkSubnet(subnet));
  }
  checkMatchPort(match.port, path, list);
  checkLabels(match.sourceLabels, `${path}.sourceLabels`, list);
  checkGatewayNames(match.gateways, `${path}.gateways`, list);
}
