// Kubernetes' strategic merge patch for its own kinds: lists of things with a key merge entry by entry.
import { isFields, mergePatch, setField } from './merge-patch.ts';

type Fields = Record<string, unknown>;

/** The merge key of a list by its field's name, the same in all kinds that we serve but for `ports`. */
const mergeKeys = new Map<string, readonly string[]>(
  Object.entries({
    containers: ['name'],
    initContainers: ['name'],
    ephemeralContainers: ['name'],
    volumes: ['name'],
    env: ['name'],
    imagePullSecrets: ['name'],
    secrets: ['name'],
    volumeMounts: ['mountPath'],
    volumeDevices: ['devicePath'],
    hostAliases: ['ip'],
    podIPs: ['ip'],
    conditions: ['type'],
    ownerReferences: ['uid'],
    topologySpreadConstraints: ['topologyKey'],
    // A container's port, a service's port.
    ports: ['containerPort', 'port'],
  }),
);

/** Lists of plain values that are sets: a patch adds to them. */
const setLists = new Set(['finalizers']);

const directives = /^\$(patch|retainKeys|setElementOrder|deleteFromPrimitiveList)/;

export function strategicMerge(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  if (patch['$patch'] === 'delete') return {};
  const result: Fields = retained(isFields(target) ? target : {}, patch['$retainKeys']);
  for (const [key, value] of Object.entries(patch)) {
    if (directives.test(key)) continue;
    if (value === null) delete result[key];
    else setField(result, key, mergeField(key, result[key], value));
  }
  for (const [key, value] of Object.entries(patch)) applyListDirective(result, key, value);
  return result;
}

function retained(target: Fields, keys: unknown): Fields {
  if (!Array.isArray(keys)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function mergeField(name: string, current: unknown, value: unknown): unknown {
  if (!Array.isArray(value)) return isFields(value) ? strategicMerge(current, value) : mergePatch(current, value);
  if (setLists.has(name)) return [...new Set([...(Array.isArray(current) ? current : []), ...value])];
  const key = listKeyOf(name, value);
  return key === undefined
    ? value.map(withoutDirectives)
    : mergeByKey(Array.isArray(current) ? current : [], value, key);
}

/** By which field the entries of a list are told apart, if all of them have one. */
export function listKeyOf(name: string, entries: readonly unknown[]): string | undefined {
  return mergeKeys
    .get(name)
    ?.find((key) => entries.every((entry) => isFields(entry) && (key in entry || '$patch' in entry)));
}

function mergeByKey(current: readonly unknown[], patch: readonly Fields[], key: string): unknown[] {
  if (patch.some((entry) => entry['$patch'] === 'replace' && !(key in entry))) {
    return patch.filter((entry) => key in entry).map(withoutDirectives);
  }
  const result = [...current];
  for (const entry of patch) {
    // Two protocols may share a service port.
    const same = (each: unknown): boolean =>
      isFields(each) &&
      each[key] === entry[key] &&
      (key !== 'port' || (each['protocol'] ?? 'TCP') === (entry['protocol'] ?? each['protocol'] ?? 'TCP'));
    const index = result.findIndex(same);
    if (entry['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicMerge(result[index], entry);
    else result.push(withoutDirectives(entry));
  }
  return result;
}

/** `$setElementOrder/env: [{name: a}]` orders a list; `$deleteFromPrimitiveList/finalizers: [x]` takes entries out. */
function applyListDirective(result: Fields, directive: string, value: unknown): void {
  const [word, name = ''] = directive.split('/');
  const list = result[name];
  if (!Array.isArray(list) || !Array.isArray(value)) return;
  if (word === '$deleteFromPrimitiveList') result[name] = list.filter((entry) => !value.includes(entry));
  if (word !== '$setElementOrder') return;
  const rankOf = (entry: unknown): number => {
    const index = value.findIndex((wanted: unknown) => {
      if (!isFields(wanted) || !isFields(entry)) return wanted === entry;
      return Object.entries(wanted).every(([key, text]) => entry[key] === text);
    });
    return index < 0 ? value.length : index;
  };
  result[name] = list
    .map((entry, index) => ({ entry, index, rank: rankOf(entry) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ entry }) => entry);
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isFields(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !directives.test(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutDirectives(each)]));
}
