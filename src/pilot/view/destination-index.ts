// Which DestinationRule holds for a host: the client's namespace, then the service's, then the root namespace, each merged.
import type { DestinationPolicy } from '../../model/traffic-policy.ts';
import type { ExportTo } from '../../model/service.ts';
import { compareHosts, mostSpecificPattern } from '../host-name.ts';
import { labelsInclude } from '../../lib/labels.ts';
import { isVisibleTo } from './visibility.ts';

/** The merged policies of one namespace, by host, and the hosts from the most specific on. */
interface PolicySet {
  readonly byHost: ReadonlyMap<string, readonly DestinationPolicy[]>;
  readonly hosts: readonly string[];
}

export interface PolicyQuery {
  readonly clientNamespace: string;
  readonly clientLabels: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly serviceNamespace: string;
}

export interface DestinationIndex {
  /** Several rules of one namespace for one host come back as one, with the provenance of the oldest. */
  find(query: PolicyQuery): DestinationPolicy | undefined;
}

export function createDestinationIndex(
  policies: readonly DestinationPolicy[],
  rootNamespace: string,
): DestinationIndex {
  const local = groupByNamespace(policies.filter((policy) => isVisibleTo(policy, policy.namespace)));
  const exported = groupByNamespace(policies.filter((policy) => !isPrivate(policy)));
  const rootLocal = groupByNamespace(policies.filter(isPrivate)).get(rootNamespace);

  const candidates = (query: PolicyQuery): readonly DestinationPolicy[] => {
    const { clientNamespace, hostname, serviceNamespace } = query;
    // Rules in the root namespace are for all; only its private ones are those of a client that lives there.
    const own = clientNamespace === rootNamespace ? rootLocal : local.get(clientNamespace);
    const fromOwn = mostSpecific(own, hostname, () => true);
    if (fromOwn.length > 0) return fromOwn;
    const visible = (policy: DestinationPolicy): boolean => isVisibleTo(policy, clientNamespace);
    const fromService = mostSpecific(exported.get(serviceNamespace), hostname, visible);
    if (fromService.length > 0) return fromService;
    return mostSpecific(exported.get(rootNamespace), hostname, visible);
  };
  return { find: (query) => forClient(candidates(query), query) };
}

function isPrivate(policy: DestinationPolicy): boolean {
  const { exportTo } = policy;
  return !exportTo.all && exportTo.namespaces.length === 1 && exportTo.namespaces[0] === policy.namespace;
}

function mostSpecific(
  set: PolicySet | undefined,
  hostname: string,
  accept: (policy: DestinationPolicy) => boolean,
): readonly DestinationPolicy[] {
  const host = set && mostSpecificPattern(hostname, set.hosts);
  if (host === undefined) return [];
  return (set?.byHost.get(host) ?? []).filter(accept);
}

/** A rule with a workloadSelector holds only for clients of its own namespace that carry the labels. */
function forClient(policies: readonly DestinationPolicy[], query: PolicyQuery): DestinationPolicy | undefined {
  let general: DestinationPolicy | undefined;
  for (const policy of policies) {
    if (policy.workloadSelector === undefined) general = policy;
    else if (policy.namespace === query.clientNamespace && labelsInclude(query.clientLabels, policy.workloadSelector)) {
      return policy;
    }
  }
  return general;
}

function groupByNamespace(policies: readonly DestinationPolicy[]): Map<string, PolicySet> {
  const byNamespace = new Map<string, Map<string, DestinationPolicy[]>>();
  for (const policy of policies) {
    const byHost = byNamespace.get(policy.namespace) ?? new Map<string, DestinationPolicy[]>();
    byNamespace.set(policy.namespace, byHost);
    const known = byHost.get(policy.host);
    if (known === undefined) byHost.set(policy.host, [policy]);
    else mergeInto(known, policy);
  }
  const sets = [...byNamespace].map(([namespace, byHost]): [string, PolicySet] => [
    namespace,
    { byHost, hosts: [...byHost.keys()].sort(compareHosts) },
  ]);
  return new Map(sets);
}

/**
 * Istio's merge: subsets with new names are added, the first top-level policy stays. A rule with a selector beside one without
 * is both merged into it and kept on its own; different selectors, or a different exportTo, keep rules apart.
 */
function mergeInto(known: DestinationPolicy[], added: DestinationPolicy): void {
  let keepApart = true;
  for (const [at, existing] of known.entries()) {
    const bothSelect = existing.workloadSelector !== undefined && added.workloadSelector !== undefined;
    const sameSelector = selectorKey(existing) === selectorKey(added);
    if (bothSelect && !sameSelector) continue;
    if (!sameExport(existing.exportTo, added.exportTo)) continue;
    if (sameSelector) keepApart = false;
    const names = new Set(existing.subsets.map((subset) => subset.name));
    known[at] = {
      ...existing,
      subsets: [...existing.subsets, ...added.subsets.filter((subset) => !names.has(subset.name))],
      policy: existing.policy ?? added.policy,
    };
  }
  if (keepApart) known.push(added);
}

function selectorKey(policy: DestinationPolicy): string {
  if (policy.workloadSelector === undefined) return '';
  return JSON.stringify(Object.entries(policy.workloadSelector).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sameExport(a: ExportTo, b: ExportTo): boolean {
  if (a.all || b.all) return a.all && b.all;
  return [...a.namespaces].sort().join() === [...b.namespaces].sort().join();
}
