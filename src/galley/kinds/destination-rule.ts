// DestinationRule: how clients talk to a host, and the subsets of its endpoints. Lowers to a destination policy.
import type { Issue } from '../../lib/issue.ts';
import { lowerDestinationRule } from './destination-rule/lower.ts';
import { type DestinationRuleBody, destinationRuleSchema } from './destination-rule/schema.ts';
import { validateDestinationRule } from './destination-rule/validate.ts';
import type { ConfigKind, KindContext, KnownResources, Resource } from './kind.ts';
import { completeHost, completionHint } from './parts/host-names.ts';
import { issueList } from './parts/issue-list.ts';

export const destinationRuleKind: ConfigKind<DestinationRuleBody> = {
  kind: 'DestinationRule',
  group: 'networking.istio.io',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  plural: 'destinationrules',
  namespaced: true,
  schema: destinationRuleSchema,
  validate: validateDestinationRule,
  references,
  lower: (resource, context) => ({ destinationPolicies: [lowerDestinationRule(resource, context)] }),
};

function references(
  { ref, body }: Resource<DestinationRuleBody>,
  known: KnownResources,
  context: KindContext,
): Issue[] {
  const list = issueList();
  const { domain } = context.settings;
  const host = completeHost(body.spec?.host ?? '', ref.namespace, domain);
  const labels = body.spec?.workloadSelector?.matchLabels ?? {};
  if (!host.startsWith('*') && !known.hasHost(host, ref.namespace)) {
    list.warning('spec.host', 'dangling', `there is no service ${host}`, completionHint(host, domain));
  }
  if (Object.keys(labels).length > 0 && !known.hasWorkload(ref.namespace, labels)) {
    list.warning('spec.workloadSelector', 'dangling', `no workload of namespace ${ref.namespace} has these labels`);
  }
  return list.issues;
}
