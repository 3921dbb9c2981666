// Checks `metadata`: names, namespaces, labels and annotations by Kubernetes' rules.
import type { Issue } from '../lib/issue.ts';
import type { ObjectMeta } from '../lib/kubernetes.ts';
import { childPath } from '../lib/field-path.ts';
import { dnsLabel, dnsLabel1035, dnsSubdomain, isLabelValue, isQualifiedName } from '../lib/kubernetes-names.ts';
import type { ConfigKind } from './kinds/kind.ts';
import { tolerated } from './kinds/parts/tolerated.ts';
import { checkSchema } from './schema/check.ts';
import { map, object, required, string } from './schema.ts';

const metadataSchema = object({
  name: required(string({ minLength: 1 })),
  namespace: string(),
  labels: map(string()),
  annotations: map(string()),
  creationTimestamp: string(),
  deletionTimestamp: string(),
  ...tolerated(
    'generateName uid resourceVersion generation deletionGracePeriodSeconds finalizers ownerReferences managedFields selfLink',
  ),
});

/** Kinds whose names become one label of a host name, and so are held to more than a subdomain. */
const nameRules: Readonly<Record<string, { pattern: RegExp; length: number; hint: string }>> = {
  Service: { pattern: dnsLabel1035, length: 63, hint: 'a letter, then a-z, 0-9 and -' },
  Namespace: { pattern: dnsLabel, length: 63, hint: 'a-z, 0-9 and -' },
};
const anyName = { pattern: dnsSubdomain, length: 253, hint: 'a-z, 0-9, - and .' };

export function checkMetadata(value: unknown, kind: ConfigKind): { metadata: ObjectMeta; issues: Issue[] } {
  const { issues, value: checked } = checkSchema(metadataSchema, value, 'metadata');
  const metadata = checked as unknown as ObjectMeta;
  const bad = (path: string, message: string, hint?: string): void => {
    issues.push({ path, code: 'bad-value', severity: 'error', message, ...(hint === undefined ? {} : { hint }) });
  };
  const rule = (kind.group === '' ? nameRules[kind.kind] : undefined) ?? anyName;
  const { name, namespace } = metadata;
  if (typeof name === 'string' && (name.length > rule.length || !rule.pattern.test(name))) {
    bad('metadata.name', `\`${name}\` cannot be a name`, `at most ${rule.length} characters: ${rule.hint}`);
  }
  if (namespace !== undefined && namespace !== '' && (namespace.length > 63 || !dnsLabel.test(namespace))) {
    bad('metadata.namespace', `\`${namespace}\` cannot be a namespace`, 'at most 63 characters: a-z, 0-9 and -');
  }
  for (const field of ['labels', 'annotations'] as const) {
    for (const [key, text] of Object.entries(metadata[field] ?? {})) {
      const at = childPath(`metadata.${field}`, key);
      if (!isQualifiedName(key)) bad(at, `\`${key}\` cannot be a key`, 'NAME or DOMAIN/NAME');
      if (field === 'labels' && !isLabelValue(text)) {
        bad(at, `\`${text}\` cannot be a label's value`, 'at most 63 characters: letters, 0-9, -, _ and .');
      }
    }
  }
  return { metadata, issues };
}
