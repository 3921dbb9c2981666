// Who sees what: `exportTo`, and the order in which Istio lists what a namespace sees (own private, then for it, then public).
import { type ExportTo, isExportedTo } from '../../model/service.ts';

interface Exported {
  readonly namespace: string;
  readonly exportTo: ExportTo;
}

export function isVisibleTo(object: Exported, namespace: string): boolean {
  return isExportedTo(object.exportTo, namespace);
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
