// Sidecar: what the proxies of a namespace or of some workloads see. Lowers to a sidecar scope.
import type { Issue } from '../../lib/issue.ts';
import type { ConfigKind, KnownResources, Resource } from './kind.ts';
import { issueList } from './parts/issue-list.ts';
import { lowerSidecar } from './sidecar/lower.ts';
import { type SidecarBody, sidecarSchema } from './sidecar/schema.ts';
import { validateSidecar } from './sidecar/validate.ts';

export const sidecarKind: ConfigKind<SidecarBody> = {
  kind: 'Sidecar',
  group: 'networking.istio.io',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  plural: 'sidecars',
  namespaced: true,
  schema: sidecarSchema,
  validate: validateSidecar,
  references,
  lower: (resource) => ({ sidecarScopes: [lowerSidecar(resource)] }),
};

function references({ ref, body }: Resource<SidecarBody>, known: KnownResources): Issue[] {
  const list = issueList();
  const labels = body.spec?.workloadSelector?.labels ?? {};
  if (Object.keys(labels).length > 0 && !known.hasWorkload(ref.namespace, labels)) {
    list.warning('spec.workloadSelector', 'dangling', `no workload of namespace ${ref.namespace} has these labels`);
  }
  for (const [index, listener] of (body.spec?.egress ?? []).entries()) {
    for (const [each, written] of listener.hosts.entries()) {
      const host = written.slice(written.indexOf('/') + 1).toLowerCase();
      if (host.startsWith('*') || written.startsWith('~/') || known.hasHost(host, ref.namespace)) continue;
      list.warning(`spec.egress[${index}].hosts[${each}]`, 'dangling', `there is no service ${host}`);
    }
  }
  return list.issues;
}
