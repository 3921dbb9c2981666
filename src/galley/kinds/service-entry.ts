// ServiceEntry: services that Kubernetes does not know. Lowers to services and their endpoints.
import type { Issue } from '../../lib/issue.ts';
import type { ConfigKind, KnownResources, Resource } from './kind.ts';
import { issueList } from './parts/issue-list.ts';
import { lowerServiceEntry } from './service-entry/lower.ts';
import { type ServiceEntryBody, serviceEntrySchema } from './service-entry/schema.ts';
import { validateServiceEntry } from './service-entry/validate.ts';

export const serviceEntryKind: ConfigKind<ServiceEntryBody> = {
  kind: 'ServiceEntry',
  group: 'networking.istio.io',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  plural: 'serviceentries',
  namespaced: true,
  schema: serviceEntrySchema,
  validate: validateServiceEntry,
  references,
  lower: lowerServiceEntry,
};

function references({ ref, body }: Resource<ServiceEntryBody>, known: KnownResources): Issue[] {
  const list = issueList();
  const labels = body.spec.workloadSelector?.labels ?? {};
  if (Object.keys(labels).length > 0 && !known.hasWorkload(ref.namespace, labels)) {
    list.warning('spec.workloadSelector', 'dangling', `no workload of namespace ${ref.namespace} has these labels`);
  }
  return list.issues;
}
