// Deletes what belongs to owners that are all gone.
import { definitionOfKind, resourceDefinitions } from '../../galley/api-server/resource-definitions.ts';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import type { Controller, ControllerContext, ObjectKey } from './controller.ts';

/** A key here is `resource/namespace/name`, since any kind may own any other. */
export function garbageCollector(): Controller {
  const dependents = new Map<string, Set<ObjectKey>>();
  return {
    name: 'garbage',
    resources: resourceDefinitions.map(({ id }) => id),
    keysOf: ({ type, resource, object }) => {
      const { namespace = '', name, uid = '', ownerReferences = [] } = object.metadata;
      const key: ObjectKey = `${resource}/${namespace}/${name}`;
      for (const owner of ownerReferences) remember(dependents, owner.uid, key, type === 'DELETED');
      if (type !== 'DELETED') return ownerReferences.length > 0 ? [key] : [];
      const orphans = [...(dependents.get(uid) ?? [])];
      dependents.delete(uid);
      return orphans;
    },
    reconcile,
  };
}

function remember(dependents: Map<string, Set<ObjectKey>>, owner: string, key: ObjectKey, gone: boolean): void {
  const keys = dependents.get(owner) ?? new Set();
  if (gone) keys.delete(key);
  else keys.add(key);
  if (keys.size === 0) dependents.delete(owner);
  else dependents.set(owner, keys);
}

function reconcile(key: ObjectKey, { store }: ControllerContext): void {
  const [resource = '', namespace = '', ...rest] = key.split('/');
  const name = rest.join('/');
  const object = store.get(resource, namespace, name);
  const { ownerReferences = [], deletionTimestamp } = object?.metadata ?? {};
  if (object === undefined || ownerReferences.length === 0 || deletionTimestamp !== undefined) return;
  if (ownerReferences.some((owner) => exists(owner, object, store))) return;
  store.delete({ resource, namespace, name });
}

/** An owner is the very object of that uid; a new one of the same name is somebody else. An unknown kind may exist elsewhere. */
function exists(
  owner: NonNullable<KubernetesObject['metadata']['ownerReferences']>[number],
  { metadata }: KubernetesObject,
  store: ControllerContext['store'],
): boolean {
  const definition = definitionOfKind(owner.apiVersion, owner.kind);
  if (definition === undefined) return true;
  const found = store.get(definition.id, definition.namespaced ? (metadata.namespace ?? '') : '', owner.name);
  return found?.metadata.uid === owner.uid;
}
