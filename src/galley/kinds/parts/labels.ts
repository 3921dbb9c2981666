// Labels in resources: subsets' and workloads' labels, selectors.
import { childPath } from '../../../lib/field-path.ts';
import { map, object, rule, string } from '../../schema.ts';
import type { IssueList } from './issue-list.ts';

const dnsLabel = '[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?';
const labelName = '(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const keyPattern = new RegExp(`^(?:(${dnsLabel}(?:\\.${dnsLabel})*)/)?(${labelName})$`);
const valuePattern = new RegExp(`^(?:${labelName})?$`);

export type Labels = Readonly<Record<string, string>>;

/** Keys and values as Kubernetes takes them for labels. */
export function checkLabels(labels: Labels | undefined, path: string, list: IssueList): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const at = childPath(path, key);
    const [match, prefix = '', name = ''] = keyPattern.exec(key) ?? [];
    if (match === undefined || prefix.length > 253 || name.length > 63) {
      list.error(at, 'bad-value', `\`${key}\` is not a valid label name`);
    }
    if (!valuePattern.test(value)) list.error(at, 'bad-value', `\`${value}\` is not a valid label value`);
  }
}

/** The `workloadSelector` of ServiceEntry and Sidecar. */
export const workloadSelectorSchema = object({
  labels: map(
    rule(string({ maxLength: 63 }), 'a selector has no wildcards', (value) => !value.includes('*')),
    { maxProperties: 256 },
  ),
});

/** An empty selector selects everything, which is hardly ever meant. */
export function checkWorkloadSelector(
  selector: { readonly labels?: Labels } | undefined,
  path: string,
  list: IssueList,
): void {
  if (selector === undefined) return;
  const at = `${path}.labels`;
  for (const key of Object.keys(selector.labels ?? {})) {
    if (key === '') list.error(at, 'bad-value', 'a label name must not be empty');
    else if (key.includes('*')) list.error(childPath(at, key), 'bad-value', 'a selector has no wildcards');
  }
  if (Object.keys(selector.labels ?? {}).length === 0) {
    list.warning(path, 'bad-value', 'a selector without labels selects every workload of the namespace');
  }
}
