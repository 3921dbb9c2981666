// ConfigMap: only the one named `istio` says something to the mesh, its MeshConfig in `data.mesh`.
import type { Issue } from '../../lib/issue.ts';
import { type Infer, map, object, string } from '../schema.ts';
import { parseDocuments } from '../yaml-documents.ts';
import type { ConfigKind, Resource } from './kind.ts';
import { readMeshConfig } from './mesh-config.ts';
import { tolerated } from './parts/tolerated.ts';

const schema = object({ data: map(string()), ...tolerated('binaryData immutable') });

type Body = Infer<typeof schema>;

export const configMapKind: ConfigKind<Body> = {
  kind: 'ConfigMap',
  group: '',
  versions: ['v1'],
  plural: 'configmaps',
  namespaced: true,
  schema,
  validate: (resource, { settings }) =>
    isMeshConfig(resource) && resource.ref.namespace === settings.rootNamespace ? readMesh(resource.body).issues : [],
  // Whether it stands in the root namespace is for ConfigSet to see: the root namespace is itself one of the settings.
  lower: (resource) => (isMeshConfig(resource) ? { settings: readMesh(resource.body).settings } : {}),
};

function isMeshConfig({ ref, body }: Resource<Body>): boolean {
  return ref.name === 'istio' && body.data?.['mesh'] !== undefined;
}

function readMesh(body: Body): ReturnType<typeof readMeshConfig> {
  const { documents, issues } = parseDocuments(body.data?.['mesh'] ?? '', '');
  // Places count within the text: whoever knows the document adds where the text stands.
  const syntax = issues.map((issue): Issue => ({ ...issue, path: 'data.mesh' }));
  const read = readMeshConfig(documents[0]?.object ?? {}, 'data.mesh');
  return { settings: read.settings, issues: [...syntax, ...read.issues] };
}
