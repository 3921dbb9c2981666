// ServiceAccount: known, so that it can be stored and checked; the identity it stands for is taken from the pods.
import { object } from '../schema.ts';
import type { ConfigKind } from './kind.ts';
import { tolerated } from './parts/tolerated.ts';

const schema = object({ ...tolerated('secrets imagePullSecrets automountServiceAccountToken') });

export const serviceAccountKind: ConfigKind = {
  kind: 'ServiceAccount',
  group: '',
  versions: ['v1'],
  plural: 'serviceaccounts',
  namespaced: true,
  schema,
};
