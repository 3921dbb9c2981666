// What a VirtualService names that is not there: gateways, destinations, their ports and subsets, delegates.
import type { Issue } from '../../../lib/issue.ts';
import type { KindContext, KnownResources, Resource } from '../kind.ts';
import { completeGatewayName } from '../parts/gateway-names.ts';
import { completeHost, completionHint } from '../parts/host-names.ts';
import { type IssueList, issueList } from '../parts/issue-list.ts';
import type { DestinationBody, HttpRuleBody, VirtualServiceBody } from './schema.ts';

interface Lookup {
  readonly known: KnownResources;
  readonly namespace: string;
  readonly domain: string;
  readonly list: IssueList;
}

export function referencesOfVirtualService(
  { ref, body }: Resource<VirtualServiceBody>,
  known: KnownResources,
  context: KindContext,
): Issue[] {
  const list = issueList();
  const look: Lookup = { known, namespace: ref.namespace, domain: context.settings.domain, list };
  const spec = body.spec ?? {};
  if ((spec.gateways ?? ['mesh']).includes('mesh')) checkHosts(spec.hosts, look);
  checkGateways(spec.gateways, 'spec.gateways', look);
  for (const [index, rule] of (spec.http ?? []).entries()) checkHttp(rule, `spec.http[${index}]`, look);
  for (const section of ['tcp', 'tls'] as const) {
    for (const [index, rule] of (spec[section] ?? []).entries()) {
      const path = `spec.${section}[${index}]`;
      for (const [each, match] of (rule.match ?? []).entries()) {
        checkGateways(match.gateways, `${path}.match[${each}].gateways`, look);
      }
      for (const [each, { destination }] of (rule.route ?? []).entries()) {
        checkDestination(destination, `${path}.route[${each}].destination`, look);
      }
    }
  }
  return list.issues;
}

/** Hosts that read like services. Any other name may well be one that only clients know. */
function checkHosts(hosts: readonly string[] | undefined, { known, namespace, domain, list }: Lookup): void {
  for (const [index, written] of (hosts ?? []).entries()) {
    const host = completeHost(written, namespace, domain);
    const hint = completionHint(host, domain);
    const short = !written.includes('.') && host !== written;
    if ((!short && hint === undefined) || known.hasHost(host, namespace)) continue;
    list.warning(`spec.hosts[${index}]`, 'dangling', `there is no service ${host}`, hint);
  }
}

function checkHttp(rule: HttpRuleBody, path: string, look: Lookup): void {
  for (const [index, match] of (rule.match ?? []).entries()) {
    checkGateways(match.gateways, `${path}.match[${index}].gateways`, look);
  }
  for (const [index, { destination }] of (rule.route ?? []).entries()) {
    checkDestination(destination, `${path}.route[${index}].destination`, look);
  }
  checkDestination(rule.mirror, `${path}.mirror`, look);
  for (const [index, { destination }] of (rule.mirrors ?? []).entries()) {
    checkDestination(destination, `${path}.mirrors[${index}].destination`, look);
  }
  if (rule.delegate === undefined) return;
  const { name = '', namespace = look.namespace } = rule.delegate;
  if (!look.known.hasRouteTable(namespace, name)) {
    look.list.warning(`${path}.delegate`, 'dangling', `there is no VirtualService ${namespace}/${name}`);
  }
}

function checkGateways(names: readonly string[] | undefined, path: string, look: Lookup): void {
  for (const [index, written] of (names ?? []).entries()) {
    const [namespace = '', name] = completeGatewayName(written, look.namespace).split('/');
    if (name === undefined || look.known.hasGateway(namespace, name)) continue;
    look.list.warning(`${path}[${index}]`, 'dangling', `there is no Gateway ${namespace}/${name}`);
  }
}

function checkDestination(destination: DestinationBody | undefined, path: string, look: Lookup): void {
  if (destination === undefined) return;
  const { known, list } = look;
  const host = completeHost(destination.host, look.namespace, look.domain);
  if (!known.hasHost(host, look.namespace)) {
    list.warning(`${path}.host`, 'dangling', `there is no service ${host}`, completionHint(host, look.domain));
    return;
  }
  const { subset = '', port } = destination;
  if (subset !== '' && !known.subsetsOf(host).has(subset)) {
    list.warning(`${path}.subset`, 'dangling', `no DestinationRule for ${host} has a subset \`${subset}\``);
  }
  const ports = known.portsOf(host);
  if (port?.number !== undefined && ports.size > 0 && !ports.has(port.number)) {
    list.warning(`${path}.port`, 'dangling', `${host} has no port ${port.number}`, `it has ${[...ports].join(', ')}`);
  }
}
