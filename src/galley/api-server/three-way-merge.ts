// What `apply` means: what the manifest says, what it no longer says is gone, what others added stays.
import { isFields, setField } from './merge-patch.ts';
import { listKeyOf } from './strategic-merge.ts';

interface Versions {
  /** As it was applied the last time; undefined when it was not applied but made. */
  readonly last: unknown;
  readonly next: unknown;
  readonly current: unknown;
}

/** `keyedLists`: whether lists of things with a name merge entry by entry, as they do in Kubernetes' own kinds. */
export function threeWayMerge(versions: Versions, keyedLists: boolean): unknown {
  return merge('', versions, keyedLists);
}

function merge(name: string, { last, next, current }: Versions, keyedLists: boolean): unknown {
  if (Array.isArray(next)) return keyedLists ? mergeLists(name, { last, next, current }, next) : next;
  if (!isFields(next)) return next;
  const result = isFields(current) ? { ...current } : {};
  const before = isFields(last) ? last : {};
  for (const key of Object.keys(before)) if (!Object.hasOwn(next, key)) delete result[key];
  for (const [key, value] of Object.entries(next)) {
    if (value === null) delete result[key];
    else setField(result, key, merge(key, { last: before[key], next: value, current: result[key] }, keyedLists));
  }
  return result;
}

function mergeLists(name: string, { last, current }: Versions, next: readonly unknown[]): unknown[] {
  const present = Array.isArray(current) ? current : [];
  const before = Array.isArray(last) ? last : [];
  const key = listKeyOf(name, [...next, ...present]);
  if (key === undefined) return [...next];
  const find = (list: readonly unknown[], entry: unknown): unknown => list.find((each) => sameEntry(each, entry, key));
  const others = present.filter((entry) => find(next, entry) === undefined && find(before, entry) === undefined);
  const merged = next.map((entry) =>
    merge('', { last: find(before, entry), next: entry, current: find(present, entry) }, true),
  );
  return [...merged, ...others];
}

/** Two protocols may share a service's port. */
function sameEntry(a: unknown, b: unknown, key: string): boolean {
  if (!isFields(a) || !isFields(b) || a[key] !== b[key]) return false;
  return key !== 'port' || (a['protocol'] ?? 'TCP') === (b['protocol'] ?? 'TCP');
}
