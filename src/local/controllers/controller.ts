// What a controller is: it hears of writes, names what they concern, and brings that into the wanted state.
import type { ObjectEvent } from '../../galley/api-server/object-table.ts';
import type { ObjectStore } from '../../galley/api-server/object-store.ts';
import type { KubernetesObject } from '../../lib/kubernetes.ts';

export interface ControllerContext {
  readonly store: ObjectStore;
  /** Comes back to a key of the same controller. */
  readonly again: (key: ObjectKey, delayMs: number) => void;
  readonly now: () => number;
}

/** `namespace/name`; the namespace is empty for cluster-wide kinds. */
export type ObjectKey = `${string}/${string}`;

export interface Controller {
  readonly name: string;
  readonly resources: readonly string[];
  /** What an event concerns: cheap, since it is called for each write. */
  keysOf(event: ObjectEvent, context: ControllerContext): readonly ObjectKey[];
  /** Level-triggered: looks at the state, whatever the event was. Must do nothing when all is well. */
  reconcile(key: ObjectKey, context: ControllerContext): void;
}

export function keyOf({ metadata }: KubernetesObject): ObjectKey {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

export function splitKey(key: ObjectKey): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
