// Every namespace has the service account `default`.
import { type Controller, keyOf } from './controller.ts';

export const serviceAccountController: Controller = {
  name: 'service-account',
  resources: ['namespaces', 'serviceaccounts'],
  keysOf: ({ type, object }) => {
    if (object.kind === 'Namespace') return [keyOf(object)];
    const lost = type === 'DELETED' && object.metadata.name === 'default';
    return lost ? [`/${object.metadata.namespace ?? ''}`] : [];
  },
  reconcile: (key, { store }) => {
    const namespace = key.slice(1);
    const found = store.get('namespaces', '', namespace);
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
    if (store.get('serviceaccounts', namespace, 'default') !== undefined) return;
    store.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
  },
};
