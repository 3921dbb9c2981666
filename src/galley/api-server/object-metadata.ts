// Names, labels and annotations of objects: checked as Kubernetes does, and generated where asked.
import { randomInt } from 'node:crypto';
import type { ObjectMeta } from '../../lib/kubernetes.ts';
import { dnsLabel, dnsLabel1035, dnsSubdomain, isLabelValue, isQualifiedName } from '../../lib/kubernetes-names.ts';
import type { StatusCause } from './api-error.ts';
import type { ResourceDefinition } from './resource-definitions.ts';

/** No vowels and no look-alikes, so that no words appear: the alphabet of Kubernetes' generated names. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

export function randomSuffix(length = 5): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** The same alphabet, from a number: template hashes. */
export function encodeSuffix(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < length; i += 1) {
    text += alphabet[rest % alphabet.length];
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}

/** The base is cut so that name and suffix stay within the 63 characters of a host name. */
export function generateName(base: string): string {
  return base.slice(0, 58) + randomSuffix();
}

export function metadataCauses(definition: ResourceDefinition, metadata: ObjectMeta): StatusCause[] {
  return [
    ...nameCauses(definition, metadata.name),
    ...labelCauses(metadata.labels, 'metadata.labels'),
    ...keyCauses(metadata.annotations, 'metadata.annotations'),
    ...listCauses(metadata.finalizers, 'metadata.finalizers', (each) => typeof each === 'string'),
    ...listCauses(metadata.ownerReferences, 'metadata.ownerReferences', isOwnerReference),
  ];
}

function wrong(field: string, value: unknown, text: string): StatusCause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${text}` };
}

function nameCauses(definition: ResourceDefinition, name: unknown): StatusCause[] {
  const field = 'metadata.name';
  if (typeof name !== 'string' || name === '') {
    return [{ reason: 'FieldValueRequired', field, message: 'Required value: name or generateName is required' }];
  }
  if (definition.id === 'services') {
    if (dnsLabel1035.test(name) && name.length <= 63) return [];
    const text = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`;
    return [wrong(field, name, text)];
  }
  if (definition.id === 'namespaces') {
    if (dnsLabel.test(name) && name.length <= 63) return [];
    const text = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;
    return [wrong(field, name, text)];
  }
  if (dnsSubdomain.test(name) && name.length <= 253) return [];
  const text = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;
  return [wrong(field, name, text)];
}

function listCauses(list: unknown, field: string, fits: (entry: unknown) => boolean): StatusCause[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return [wrong(field, list, 'must be a list')];
  return list.flatMap((each: unknown, i) => (fits(each) ? [] : [wrong(`${field}[${i}]`, each, 'has another form')]));
}

function isOwnerReference(entry: unknown): boolean {
  const texts = ['apiVersion', 'kind', 'name', 'uid'];
  return (
    typeof entry === 'object' && entry !== null && texts.every((key) => typeof Reflect.get(entry, key) === 'string')
  );
}

function keyCauses(map: unknown, field: string): StatusCause[] {
  if (map === undefined || map === null) return [];
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return [wrong(field, map, 'must be a map')];
  return Object.entries(map).flatMap(([key, value]) => {
    if (typeof value !== 'string') return [wrong(`${field}.${key}`, value, 'must be a string')];
    const nameAt = key.indexOf('/') + 1;
    if (isQualifiedName(key.slice(0, nameAt).toLowerCase() + key.slice(nameAt))) return [];
    return [
      wrong(
        field,
        key,
        `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, at most 63 of them`,
      ),
    ];
  });
}

function labelCauses(labels: unknown, field: string): StatusCause[] {
  const causes = keyCauses(labels, field);
  if (causes.length > 0 || typeof labels !== 'object' || labels === null) return causes;
  return Object.values(labels).flatMap((value: unknown) => {
    if (typeof value === 'string' && isLabelValue(value)) return [];
    return [
      wrong(
        field,
        value,
        `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, at most 63 of them`,
      ),
    ];
  });
}
