// Who sees what: `exportTo`, and the order in which Istio lists what a namespace sees (own private, then for it, then public).
import type { ExportTo } from '../../model/service.ts';

interface Exported {
  readonly namespace: string;
  readonly exportTo: ExportTo;
}

export function isVisibleTo(object: Exported, namespace: string): boolean {
  return object.exportTo.all || object.exportTo.namespaces.includes(namespace);
}

/** Keeps the given order (age) within each of the three groups; those of the first two win over a public one of the same host. */
export function visibleTo<T extends Exported>(objects: readonly T[], namespace: string): T[] {
  const own: T[] = [];
  const forIt: T[] = [];
  const open: T[] = [];
  for (const object of objects) {
    if (object.exportTo.all) open.push(object);
    else if (object.exportTo.namespaces.includes(namespace))
      (object.namespace === namespace ? own : forIt).push(object);
  }
  return [...own, ...forIt, ...open];
}

export function labelsInclude(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>>,
): boolean {
  for (const [key, value] of Object.entries(selector)) if (labels[key] !== value) return false;
  return true;
}
