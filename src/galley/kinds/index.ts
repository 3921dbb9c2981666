// The explicit list of configuration kinds, and how to find one in it.
import { didYouMean } from '../../lib/did-you-mean.ts';
import type { Issue } from '../../lib/issue.ts';
import { configMapKind } from './config-map.ts';
import { destinationRuleKind } from './destination-rule.ts';
import { endpointSliceKind } from './endpoint-slice.ts';
import { type ForeignKind, foreignKind, foreignKindNames } from './foreign-kinds.ts';
import { gatewayKind } from './gateway.ts';
import type { ConfigKind } from './kind.ts';
import { namespaceKind } from './namespace.ts';
import { podKind } from './pod.ts';
import { serviceAccountKind } from './service-account.ts';
import { serviceEntryKind } from './service-entry.ts';
import { serviceKind } from './service.ts';
import { sidecarKind } from './sidecar.ts';
import { virtualServiceKind } from './virtual-service.ts';
import { workloadEntryKind } from './workload-entry.ts';

/** A new kind is one file and one line here. */
export const configKinds: readonly ConfigKind[] = [
  namespaceKind,
  configMapKind,
  serviceAccountKind,
  serviceKind,
  podKind,
  endpointSliceKind,
  virtualServiceKind,
  destinationRuleKind,
  gatewayKind,
  serviceEntryKind,
  sidecarKind,
  workloadEntryKind,
];

/**
 * `kind`: one of ours · `foreign`: Kubernetes has it, it says nothing to the mesh · `to-come`: Istio has it, we do not yet ·
 * `unknown`: nobody has it, the issue says what was probably meant.
 */
export type KindLookup =
  | { readonly found: 'kind'; readonly kind: ConfigKind }
  | { readonly found: 'foreign' | 'to-come' }
  | { readonly found: 'unknown'; readonly issue: Issue };

export function apiVersions(kind: ConfigKind): string[] {
  return kind.versions.map((version) => (kind.group === '' ? version : `${kind.group}/${version}`));
}

/** `networking.istio.io` of `networking.istio.io/v1`; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

export function findKind(group: string, kind: string): ConfigKind | undefined {
  return configKinds.find((each) => each.group === group && each.kind === kind);
}

export function lookupKind(apiVersion: string, kind: string): KindLookup {
  const group = groupOf(apiVersion);
  const ours = findKind(group, kind);
  if (ours !== undefined) {
    return apiVersions(ours).includes(apiVersion)
      ? { found: 'kind', kind: ours }
      : unknown('apiVersion', `${kind} has no version \`${apiVersion}\``, `use ${apiVersions(ours).join(', ')}`);
  }
  const foreign = foreignKind(group, kind);
  if (foreign !== undefined) return { found: lookupName[foreign] };
  return unknown('kind', `\`${apiVersion}\` has no kind \`${kind}\``, hintFor(group, kind));
}

const lookupName: Readonly<Record<ForeignKind, 'foreign' | 'to-come'>> = {
  kubernetes: 'foreign',
  'to-come': 'to-come',
};

function unknown(path: string, message: string, hint: string | undefined): KindLookup {
  const issue: Issue = { path, message, severity: 'error', code: 'unknown-kind' };
  return { found: 'unknown', issue: hint === undefined ? issue : { ...issue, hint } };
}

/** The kind may be right and its group wrong, or its name a slip of the keys. */
function hintFor(group: string, kind: string): string | undefined {
  const all = [...configKinds, ...foreignKindNames()];
  const sameName = all.find((each) => each.kind === kind);
  if (sameName !== undefined) {
    const ours = findKind(sameName.group, kind);
    return `${kind} is of ${ours === undefined ? `group \`${sameName.group}\`` : `apiVersion \`${apiVersions(ours)[0]}\``}`;
  }
  const names = all.filter((each) => each.group === group).map((each) => each.kind);
  const guess =
    didYouMean(kind, names) ??
    didYouMean(
      kind,
      all.map((each) => each.kind),
    );
  return guess === undefined ? undefined : `did you mean \`${guess}\`?`;
}
