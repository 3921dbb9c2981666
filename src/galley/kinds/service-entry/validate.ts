// The webhook's rules on a ServiceEntry. Source: Istio's pkg/config/validation.
import { isIP } from 'node:net';
import type { Issue } from '../../../lib/issue.ts';
import type { Resource } from '../kind.ts';
import { checkPort, checkSubnet } from '../parts/addresses.ts';
import { checkAnnotations } from '../parts/annotations.ts';
import { checkExportTo } from '../parts/export-to.ts';
import { checkDomain, checkWildcardDomain, isDnsLabel, isPartialWildcard } from '../parts/host-names.ts';
import { type IssueList, issueList } from '../parts/issue-list.ts';
import { checkLabels, checkWorkloadSelector } from '../parts/labels.ts';
import { checkProtocol, isHttpProtocol, isTlsProtocol } from '../parts/protocols.ts';
import { checkEndpointPorts, checkWorkloadEntry } from '../parts/workload-entry.ts';
import type { ServiceEntryBody, ServiceEntrySpec } from './schema.ts';

export function validateServiceEntry({ ref, metadata, body: { spec } }: Resource<ServiceEntryBody>): Issue[] {
  const list = issueList();
  checkAnnotations(metadata, list);
  checkWorkloadSelector(spec.workloadSelector, 'spec.workloadSelector', list);
  for (const [index, host] of spec.hosts.entries()) {
    const at = `spec.hosts[${index}]`;
    list.add(at, checkWildcardDomain(host));
    if (isPartialWildcard(host)) list.warning(at, 'bad-value', `\`${host}\`: a wildcard stands alone or before a dot`);
  }
  for (const [index, address] of (spec.addresses ?? []).entries()) {
    list.add(`spec.addresses[${index}]`, checkSubnet(address));
  }
  checkPorts(spec, list);
  checkResolution(spec, list);
  checkSharing(spec, list);
  checkExportTo(spec.exportTo, ref.namespace, list, { nobody: true });
  return list.issues;
}

function checkPorts(spec: ServiceEntrySpec, list: IssueList): void {
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const at = `spec.ports[${index}]`;
    if (!isDnsLabel(port.name)) list.error(`${at}.name`, 'bad-value', `\`${port.name}\` is not a port name`);
    list.add(`${at}.protocol`, checkProtocol(port.protocol));
    if (port.targetPort !== undefined && port.targetPort !== 0)
      list.add(`${at}.targetPort`, checkPort(port.targetPort));
  }
}

function checkResolution(spec: ServiceEntrySpec, list: IssueList): void {
  const { resolution = 'NONE', endpoints = [], workloadSelector } = spec;
  const servicePorts = new Set((spec.ports ?? []).map((port) => port.name));
  if (workloadSelector !== undefined && resolution !== 'STATIC') {
    list.warning('spec.workloadSelector', 'crossing', `has no effect with \`resolution: ${resolution}\``);
  }
  if (resolution === 'STATIC') {
    for (const [index, endpoint] of endpoints.entries()) {
      checkWorkloadEntry(endpoint, { path: `spec.endpoints[${index}]`, servicePorts, hostNames: false }, list);
    }
    return;
  }
  if (resolution === 'NONE') return;
  if (endpoints.length === 0 && resolution !== 'DYNAMIC_DNS') checkResolvable(spec.hosts, resolution, list);
  for (const [index, endpoint] of endpoints.entries()) {
    const path = `spec.endpoints[${index}]`;
    const { address = '' } = endpoint;
    if (isIP(address) === 0 && checkDomain(address) !== undefined) {
      list.error(`${path}.address`, 'bad-value', `\`${address}\` is neither an IP address nor a host name`);
    }
    checkLabels(endpoint.labels, `${path}.labels`, list);
    checkEndpointPorts(endpoint, { path, servicePorts, hostNames: true }, list);
  }
}

function checkResolvable(hosts: readonly string[], resolution: string, list: IssueList): void {
  for (const [index, host] of hosts.entries()) {
    if (checkDomain(host) === undefined) continue;
    const hint = 'name endpoints, or use `resolution: NONE`';
    list.error(
      `spec.hosts[${index}]`,
      'crossing',
      `\`${host}\` cannot be resolved by \`resolution: ${resolution}\``,
      hint,
    );
  }
}

/** Several hosts on one port can be told apart by HTTP's authority or by SNI, else not; with NONE nobody has to. */
function checkSharing(spec: ServiceEntrySpec, list: IssueList): void {
  if (spec.hosts.length < 2) return;
  const apart = (protocol = ''): boolean => isHttpProtocol(protocol) || isTlsProtocol(protocol);
  const index = (spec.ports ?? []).findIndex((port) => !apart(port.protocol));
  if (index < 0) return;
  const message = 'several hosts can share only ports of HTTP or TLS protocols';
  if ((spec.resolution ?? 'NONE') !== 'NONE') list.error(`spec.ports[${index}]`, 'crossing', message);
}
