// Manifests given to `heddle up` go into the API, and stay equal to it whenever a file is saved.
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../galley/api-server/api-error.ts';
import type { ObjectRef, ObjectStore } from '../../galley/api-server/object-store.ts';
import { definitionOfKind } from '../../galley/api-server/resource-definitions.ts';
import { checkDocument } from '../../galley/check-document.ts';
import type { ResourceId } from '../../galley/resource-id.ts';
import type { ConfigSink } from '../../galley/sources/source.ts';
import type { ConfigDocument } from '../../galley/yaml-documents.ts';
import { hasErrors } from '../../lib/issue.ts';
import type { Issue } from '../../lib/issue.ts';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { describeError } from '../../lib/mesh-error.ts';
import { ensureNamespace } from './mesh-objects.ts';

export interface ManifestApplierOptions {
  readonly inject: boolean;
  /** Remembers what was applied, so that a restart neither undoes later changes nor forgets what has left a file. */
  readonly recordFile: string;
  readonly report: (issue: Issue) => void;
  /** What became of a file that was saved while the mesh runs. */
  readonly onChange?: (line: string) => void;
}

interface Applied {
  readonly ref: ObjectRef;
  readonly file: string;
  /** The document as it was applied last. */
  readonly text: string;
}

export class ManifestApplier implements ConfigSink {
  readonly #options: ManifestApplierOptions;
  readonly #applied: Map<string, Applied>;
  #waiting: ConfigDocument[] = [];
  readonly #seen = new Set<string>();
  #store: ObjectStore | undefined;
  #running = false;

  constructor(options: ManifestApplierOptions) {
    this.#options = options;
    this.#applied = new Map(readRecord(options.recordFile));
  }

  /** Documents that have been read and wait for the API, as plain objects. */
  get waiting(): readonly KubernetesObject[] {
    return this.#waiting.map(({ object }) => object as KubernetesObject);
  }

  apply(document: ConfigDocument): void {
    if (this.#waiting.length === 0 && this.#store !== undefined) setImmediate(() => this.#flush());
    this.#waiting.push(document);
  }

  delete(id: ResourceId): void {
    const ref = refOf(id.apiVersion, id.kind, { namespace: id.namespace, name: id.name });
    if (ref === undefined || this.#store === undefined) return;
    this.#flush();
    const file = this.#applied.get(keyOf(ref))?.file ?? '';
    this.#remove(ref);
    this.#changed(ref, file, 'deleted');
    this.#save();
  }

  /**
   * Applies what has been read so far, and from then on whatever comes. What earlier runs took from files and is not among
   * it goes, unless it is to be `kept`: a run that was given no files goes on with all there is.
   */
  open(store: ObjectStore, kept: boolean): void {
    this.#store = store;
    this.#flush();
    const gone = kept ? [] : [...this.#applied].filter(([key]) => !this.#seen.has(key));
    for (const [, { ref }] of gone) this.#remove(ref);
    if (gone.length > 0) this.#options.onChange?.(`removed what earlier runs had from files (${gone.length} objects)`);
    this.#save();
    this.#running = true;
  }

  close(): void {
    this.#store = undefined;
  }

  /** Namespaces first: files may be in any order. */
  #flush(): void {
    if (this.#store === undefined) return;
    const documents = this.#waiting;
    this.#waiting = [];
    const rank = ({ object }: ConfigDocument): number => ((object as KubernetesObject).kind === 'Namespace' ? 0 : 1);
    for (const document of documents.toSorted((a, b) => rank(a) - rank(b))) this.#applyOne(document);
    if (documents.length > 0) this.#save();
  }

  #applyOne(document: ConfigDocument): void {
    const store = this.#store;
    const object = structuredClone(document.object) as KubernetesObject;
    const ref = refOf(object.apiVersion, object.kind, object.metadata);
    if (store === undefined) return;
    if (ref !== undefined) this.#seen.add(keyOf(ref));
    const text = JSON.stringify(object);
    const before = ref && this.#applied.get(keyOf(ref))?.text;
    const found = ref && store.get(ref.resource, ref.namespace, ref.name);
    // Only its place has changed, or somebody has changed the object since: the file is not newer than that.
    if (found !== undefined && before === text) return;
    const issues = checkDocument(document);
    for (const issue of issues) this.#options.report(issue);
    if (hasErrors(issues)) return;
    if (ref === undefined) {
      return this.#tell(document, { path: 'kind', message: `the API has no ${object.apiVersion} ${object.kind}` });
    }
    const file = document.placeOf?.('').file ?? '';
    try {
      if (ref.namespace !== '') ensureNamespace(store, ref.namespace, this.#options.inject);
      const onWarning = (line: string): void => this.#warned(document, line, issues);
      if (found === undefined) store.create(object, { onWarning });
      else if (before !== undefined || !coveredBy(object, found)) {
        store.update(onTopOf(object, found, before), { onWarning });
      }
      this.#applied.set(keyOf(ref), { ref, text, file });
      this.#changed(ref, file, found === undefined ? 'created' : 'changed');
    } catch (error) {
      this.#refused(document, error);
    }
  }

  /** What the check of the document has said already, with its place, need not come a second time without. */
  #warned(document: ConfigDocument, line: string, known: readonly Issue[]): void {
    if (known.some(({ path, message }) => line.includes(message) || line.startsWith(`${path}:`))) return;
    this.#tell(document, { path: '', message: line, severity: 'warning' });
  }

  #changed(ref: ObjectRef, file: string, action: 'created' | 'changed' | 'deleted'): void {
    if (this.#running) this.#options.onChange?.(`${file}: ${keyOf(ref)} ${action}`);
  }

  #remove(ref: ObjectRef): void {
    this.#applied.delete(keyOf(ref));
    try {
      if (this.#store?.get(ref.resource, ref.namespace, ref.name) !== undefined) this.#store.delete(ref);
    } catch (error) {
      const message = `${ref.resource} ${ref.namespace}/${ref.name} cannot be removed: ${describeError(error)}`;
      this.#options.report({ path: '', code: 'conflict', severity: 'error', message });
    }
  }

  #refused(document: ConfigDocument, error: unknown): void {
    const causes = error instanceof ApiError ? (error.details?.causes ?? []) : [];
    for (const { field = '', message } of causes) this.#tell(document, { path: field, message });
    if (causes.length === 0) this.#tell(document, { path: '', message: describeError(error) });
  }

  #tell(document: ConfigDocument, told: Pick<Issue, 'path' | 'message'> & { severity?: Issue['severity'] }): void {
    const place = document.placeOf?.(told.path);
    const issue = { code: 'bad-value', severity: 'error', ...told } as const;
    this.#options.report(place === undefined ? issue : { ...issue, place });
  }

  #save(): void {
    writeFileSync(this.#options.recordFile, JSON.stringify([...this.#applied]), { mode: 0o600 });
  }
}

function readRecord(file: string): [string, Applied][] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as [string, Applied][];
  } catch {
    // The first run in this state folder.
    return [];
  }
}

function keyOf({ resource, namespace, name }: ObjectRef): string {
  return `${resource} ${namespace}/${name}`;
}

function refOf(
  apiVersion: string,
  kind: string,
  { namespace, name }: { namespace?: string; name: string },
): ObjectRef | undefined {
  const definition = definitionOfKind(apiVersion, kind);
  if (definition === undefined) return undefined;
  const inNamespace = namespace === undefined || namespace === '' ? 'default' : namespace;
  return { resource: definition.id, namespace: definition.namespaced ? inNamespace : '', name };
}

/** The stored object says all that the document says (and defaults besides). */
function coveredBy(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return wanted.length === found.length && wanted.every((each, i) => coveredBy(each, found[i]));
  }
  if (typeof wanted === 'object' && wanted !== null && typeof found === 'object' && found !== null) {
    return Object.entries(wanted).every(([key, value]) => coveredBy(value, Reflect.get(found, key)));
  }
  return isDeepStrictEqual(wanted, found);
}

/** The document's fields in place of the stored ones; what only the server knows, and labels by other hands, stay. */
function onTopOf(object: KubernetesObject, found: KubernetesObject, before: string | undefined): KubernetesObject {
  const { resourceVersion: _, ...metadata } = found.metadata;
  const former: Partial<KubernetesObject['metadata']> = before === undefined ? {} : JSON.parse(before).metadata;
  const merge = (field: 'labels' | 'annotations'): Record<string, string> => {
    const others = Object.entries(metadata[field] ?? {}).filter(([key]) => former[field]?.[key] === undefined);
    return { ...Object.fromEntries(others), ...object.metadata[field] };
  };
  const merged = { ...metadata, ...object.metadata, labels: merge('labels'), annotations: merge('annotations') };
  return { ...object, metadata: merged };
}
