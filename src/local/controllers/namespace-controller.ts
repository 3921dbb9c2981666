// The end of a namespace: first all that is in it, then the namespace itself.
import { resourceDefinitions } from '../../galley/api-server/resource-definitions.ts';
import { type Controller, type ControllerContext, keyOf, type ObjectKey } from './controller.ts';

const namespaced = resourceDefinitions.filter((definition) => definition.namespaced).map(({ id }) => id);

export const namespaceController: Controller = {
  name: 'namespace',
  resources: ['namespaces', ...namespaced],
  keysOf: ({ type, object }, { store }) => {
    if (object.kind === 'Namespace' && object.metadata.namespace === undefined) {
      return object.metadata.deletionTimestamp === undefined ? [] : [keyOf(object)];
    }
    if (type !== 'DELETED') return [];
    const { namespace = '' } = object.metadata;
    const ending = store.get('namespaces', '', namespace)?.metadata.deletionTimestamp !== undefined;
    return ending ? [`/${namespace}`] : [];
  },
  reconcile,
};

function reconcile(key: ObjectKey, { store }: ControllerContext): void {
  const namespace = key.slice(1);
  if (store.get('namespaces', '', namespace)?.metadata.deletionTimestamp === undefined) return;
  let left = 0;
  for (const resource of namespaced) {
    for (const { metadata } of store.list(resource, namespace)) {
      const ref = { resource, namespace, name: metadata.name };
      if (metadata.deletionTimestamp === undefined) store.delete(ref);
      if (store.get(resource, namespace, metadata.name) !== undefined) left += 1;
    }
  }
  if (left === 0) store.finalizeNamespace(namespace);
}
