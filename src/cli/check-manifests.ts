// Checks documents before anything is sent: all their problems at once, each with its place.
import { definitionOfKind, type ResourceDefinition } from '../galley/api-server/resource-definitions.ts';
import { checkDocument } from '../galley/check-document.ts';
import type { ConfigDocument } from '../galley/yaml-documents.ts';
import { hasErrors, type Issue } from '../lib/issue.ts';
import type { KubernetesObject } from '../lib/kubernetes.ts';

export interface Manifest {
  readonly document: ConfigDocument;
  readonly definition: ResourceDefinition;
  /** With its namespace filled in. */
  readonly object: KubernetesObject;
}

export interface CheckedManifests {
  readonly manifests: readonly Manifest[];
  readonly issues: readonly Issue[];
}

export function checkManifests(documents: readonly ConfigDocument[], namespace: string | undefined): CheckedManifests {
  const manifests: Manifest[] = [];
  const issues: Issue[] = [];
  for (const document of documents) {
    const found = checkDocument(document);
    issues.push(...found);
    if (hasErrors(found)) continue;
    const manifest = manifestOf(document, namespace);
    if ('severity' in manifest) issues.push(manifest);
    else manifests.push(manifest);
  }
  return { manifests, issues: [...issues, ...duplicates(manifests)] };
}

/** The same object twice: the last one wins, which is seldom meant. */
function duplicates(manifests: readonly Manifest[]): Issue[] {
  const seen = new Map<string, Manifest>();
  return manifests.flatMap((manifest): Issue[] => {
    const { definition, object, document } = manifest;
    const key = `${definition.id} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const before = seen.get(key)?.document.placeOf?.('metadata.name');
    const again = seen.has(key);
    seen.set(key, manifest);
    if (!again) return [];
    const where = before === undefined ? '' : ` at ${before.file}:${before.line}`;
    const message = `${definition.kind} ${object.metadata.name} is there already${where}; this one replaces it`;
    return [{ ...problem(document, 'metadata.name', message), severity: 'warning', code: 'duplicate' }];
  });
}

/** Whatever its content: for commands that only need to know which objects are meant. */
export function manifestOf(document: ConfigDocument, namespace: string | undefined): Manifest | Issue {
  const object = document.object as KubernetesObject;
  const definition = definitionOfKind(String(object.apiVersion), String(object.kind));
  if (definition === undefined) {
    const message = `the mesh's API does not serve ${object.kind} of ${object.apiVersion}`;
    return problem(document, 'kind', message, 'remove the document: nothing here would read it');
  }
  const { name, namespace: own } = object.metadata ?? {};
  if (typeof name !== 'string' || name === '') return problem(document, 'metadata.name', 'a name is required');
  if (!definition.namespaced) return { document, definition, object };
  if (namespace !== undefined && own !== undefined && own !== namespace) {
    const message = `the document is in namespace ${own}, the command in ${namespace}`;
    return problem(document, 'metadata.namespace', message, "leave out -n, or the document's own namespace");
  }
  const metadata = { ...object.metadata, namespace: own ?? namespace ?? 'default' };
  return { document, definition, object: { ...object, metadata } };
}

function problem({ placeOf }: ConfigDocument, path: string, message: string, hint?: string): Issue {
  return {
    path,
    message,
    severity: 'error',
    code: 'refused',
    ...(hint === undefined ? {} : { hint }),
    ...(placeOf === undefined ? {} : { place: placeOf(path) }),
  };
}
