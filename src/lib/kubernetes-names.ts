// What Kubernetes takes for names, for the keys of labels and annotations, and for the values of labels.

/** RFC 1123, one label of a host name. At most 63 characters, which the callers count. */
export const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** RFC 1035: what begins with a letter. */
export const dnsLabel1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** At most 253 characters. */
export const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** `NAME` or `DOMAIN/NAME`. */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const domain = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (domain !== undefined && (domain.length > 253 || !dnsSubdomain.test(domain))) return false;
  return name.length <= 63 && qualifiedName.test(name);
}

export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && qualifiedName.test(text));
}
