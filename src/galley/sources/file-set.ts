// What the files of a source say, together: which document belongs to which resource, what is new and what is gone.
import type { Issue } from '../../lib/issue.ts';
import { checkDocument } from '../check-document.ts';
import { type ResourceId, resourceIdOf, resourceKey } from '../resource-id.ts';
import type { ConfigDocument, ParsedDocuments, PlacedDocument } from '../yaml-documents.ts';
import type { ConfigSink } from './source.ts';

export interface FileContent {
  /** Undefined if the file cannot be read. */
  readonly text: string | undefined;
  readonly parse: () => ParsedDocuments;
}

interface FileState {
  readonly text: string | undefined;
  /** By resource key. */
  readonly documents: ReadonlyMap<string, NamedDocument>;
  readonly issues: readonly Issue[];
  /** Since when it is gone or empty, though it was not before: editors do both on the way to a new content. */
  readonly unsettledAtMs: number | undefined;
}

interface NamedDocument {
  readonly id: ResourceId;
  readonly document: PlacedDocument;
}

export class FileSet {
  readonly #sink: ConfigSink;
  readonly #namespace: string;
  readonly #settleMs: number;
  #files = new Map<string, FileState>();
  /** What the sink was told last. */
  #told = new Map<string, NamedDocument>();
  #duplicates: readonly Issue[] = [];

  /** What is gone or empty for `settleMs` was meant so. */
  constructor(sink: ConfigSink, namespace: string, settleMs: number) {
    this.#sink = sink;
    this.#namespace = namespace;
    this.#settleMs = settleMs;
  }

  issues(): readonly Issue[] {
    return [...[...this.#files.values()].flatMap((file) => file.issues), ...this.#duplicates];
  }

  /** Compares with what was there before and tells the sink. `unsettled`: look again soon, before something is deleted. */
  take(contents: ReadonlyMap<string, FileContent>): { changed: boolean; unsettled: boolean } {
    const next = new Map<string, FileState>();
    for (const [file, content] of contents) next.set(file, this.#fileState(content, this.#files.get(file)));
    for (const [file, before] of this.#files) {
      const waiting = next.has(file) ? undefined : this.#unsettle(before);
      if (waiting !== undefined) next.set(file, waiting);
    }
    const states = [...next.values()];
    const changed =
      next.size !== this.#files.size || [...next].some(([file, state]) => state !== this.#files.get(file));
    this.#files = next;
    if (changed) this.#tell();
    return { changed, unsettled: states.some((state) => state.unsettledAtMs !== undefined) };
  }

  #fileState(content: FileContent, before: FileState | undefined): FileState {
    if (before !== undefined && before.unsettledAtMs === undefined && before.text === content.text) return before;
    const nothing = content.text === undefined || content.text.trim() === '';
    const waiting = nothing && before !== undefined ? this.#unsettle(before) : undefined;
    if (waiting !== undefined) return waiting;
    const parsed = content.parse();
    const issues = [...parsed.issues];
    const documents = new Map<string, NamedDocument>();
    let nameless = false;
    for (const document of parsed.documents) {
      const id = resourceIdOf(document.object, this.#namespace);
      if (id === undefined) {
        nameless = true;
        issues.push(...checkDocument(document));
        continue;
      }
      const first = documents.get(resourceKey(id));
      if (first === undefined) documents.set(resourceKey(id), { id, document });
      else issues.push(duplicateOf(first, document));
    }
    // Whose document it is that cannot be read, nobody knows: so none of the file's is deleted until all can be read.
    const unread = content.text !== undefined && (nameless || parsed.issues.length > 0);
    if (unread) for (const [key, old] of before?.documents ?? []) if (!documents.has(key)) documents.set(key, old);
    return { text: content.text, documents, issues, unsettledAtMs: undefined };
  }

  /** The state to wait in, or undefined once it has waited long enough or had nothing to lose. */
  #unsettle(before: FileState): FileState | undefined {
    if (before.documents.size === 0) return undefined;
    const now = performance.now();
    if (before.unsettledAtMs === undefined) return { ...before, unsettledAtMs: now };
    return now - before.unsettledAtMs < this.#settleMs ? before : undefined;
  }

  /** The first file that has a resource owns it: files in the order of their paths. */
  #tell(): void {
    const now = new Map<string, NamedDocument>();
    const duplicates: Issue[] = [];
    for (const { documents } of this.#files.values()) {
      for (const [key, named] of documents) {
        const first = now.get(key);
        if (first === undefined) now.set(key, named);
        else duplicates.push(duplicateOf(first, named.document));
      }
    }
    const before = this.#told;
    this.#told = now;
    this.#duplicates = duplicates;
    for (const [key, { id }] of before) if (!now.has(key)) this.#sink.delete(id);
    for (const [key, { id, document }] of now) {
      if (before.get(key)?.document !== document) this.#sink.apply(inNamespace(document, id));
    }
  }
}

function duplicateOf(first: NamedDocument, second: PlacedDocument): Issue {
  const at = first.document.placeOf('metadata.name');
  const { kind, namespace, name } = first.id;
  return {
    path: 'metadata.name',
    code: 'duplicate',
    severity: 'error',
    message: `${kind} ${namespace === '' ? '' : `${namespace}/`}${name} is there already`,
    hint: `the first, at ${at.file}:${at.line}, counts`,
    place: second.placeOf('metadata.name'),
  };
}

/** Says the namespace where the document left it out, so that every sink reads the same. */
function inNamespace(document: PlacedDocument, id: ResourceId): ConfigDocument {
  const object = document.object as { metadata: Record<string, unknown> };
  if (id.namespace === '' || object.metadata['namespace'] === id.namespace) return document;
  return { ...document, object: { ...object, metadata: { ...object.metadata, namespace: id.namespace } } };
}
