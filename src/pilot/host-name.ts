// Host names with a leading wildcard, compared as Istio compares them: is one a subset of another, which is more specific.

export function isWildcardHost(host: string): boolean {
  return host.startsWith('*');
}

/** True if every name that `host` stands for is one that `pattern` stands for (`a.b.com` in `*.b.com`). */
export function isHostSubset(host: string, pattern: string): boolean {
  if (!isWildcardHost(pattern)) return host === pattern;
  const suffix = pattern.slice(1);
  const name = isWildcardHost(host) ? host.slice(1) : host;
  return name.length >= suffix.length && name.endsWith(suffix);
}

/** True if one of the two is a subset of the other. */
export function hostsOverlap(a: string, b: string): boolean {
  return isHostSubset(a, b) || isHostSubset(b, a);
}

/** Sorts exact before wildcard, longer before shorter, then by name. */
export function compareHosts(a: string, b: string): number {
  const wildcards = Number(isWildcardHost(a)) - Number(isWildcardHost(b));
  if (wildcards !== 0) return wildcards;
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The most specific of the patterns that `host` is a subset of. `patterns` are sorted by `compareHosts`. */
export function mostSpecificPattern(host: string, patterns: readonly string[]): string | undefined {
  return patterns.find((pattern) => isHostSubset(host, pattern));
}
