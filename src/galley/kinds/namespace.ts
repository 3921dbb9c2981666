// Namespace: its labels, which decide over injection and selection.
import { freeForm, object } from '../schema.ts';
import type { ConfigKind } from './kind.ts';

const schema = object({ spec: freeForm(), status: freeForm() });

export const namespaceKind: ConfigKind = {
  kind: 'Namespace',
  group: '',
  versions: ['v1'],
  plural: 'namespaces',
  namespaced: false,
  schema,
  lower: ({ metadata }) => ({ namespace: { name: metadata.name, labels: metadata.labels ?? {} } }),
};
