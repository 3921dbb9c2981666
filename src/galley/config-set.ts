// The configuration in force: takes resources from its sources, keeps the last good of each, and gives the model of all.
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { formatIssue, type Issue, type Place } from '../lib/issue.ts';
import type { MeshModel } from '../model/mesh-model.ts';
import { defaultMeshSettings, type MeshSettings } from '../model/mesh-settings.ts';
import type { ResourceRef } from '../model/provenance.ts';
import { assembleModel, keepIdentity, type Section, sectionsOf } from './assemble-model.ts';
import { type CheckOptions, place, readDocument } from './check-document.ts';
import type { ConfigKind, ModelPart, Resource } from './kinds/kind.ts';
import { knownResources } from './known-resources.ts';
import { type ResourceId, resourceIdOf, resourceKey } from './resource-id.ts';
import type { ConfigSink } from './sources/source.ts';
import type { ConfigDocument } from './yaml-documents.ts';

export interface ConfigSetOptions {
  /** What holds without a MeshConfig among the resources. */
  readonly settings?: MeshSettings;
  /** A change is told after this much quiet (5 ms) ... */
  readonly quietMs?: number;
  /** ... but never later than this (50 ms). */
  readonly longestMs?: number;
}

/** What one source says of one resource. */
interface Entry {
  readonly id: ResourceId;
  readonly document: ConfigDocument;
  /** Hash of what of the object can matter. */
  readonly content: string;
  readonly issues: readonly Issue[];
  /** Last good: what is in force while a newer version has errors. */
  good: { readonly kind: ConfigKind; readonly resource: Resource; readonly part: ModelPart } | undefined;
}

/** Nothing but memory and one timer. `close()` ends the timer; nothing is told after it. */
export class ConfigSet {
  readonly #quietMs: number;
  readonly #longestMs: number;
  /** By resource, then by source, in the order in which the sources came: the first that has a good one counts. */
  readonly #entries = new Map<string, Map<string, Entry>>();
  /** The parts in force, by resource. */
  readonly #parts = new Map<string, ModelPart>();
  readonly #dirty = new Set<Section>();
  readonly #listeners = new Set<(model: MeshModel) => void>();
  readonly #issueListeners = new Set<() => void>();
  #baseSettings: MeshSettings;
  #model: MeshModel;
  #timer: NodeJS.Timeout | undefined;
  #firstChangeAt: number | undefined;
  #issuesChanged = false;

  constructor(options: ConfigSetOptions = {}) {
    this.#quietMs = options.quietMs ?? 5;
    this.#longestMs = options.longestMs ?? 50;
    this.#baseSettings = options.settings ?? defaultMeshSettings;
    this.#model = emptyModel(this.#baseSettings);
  }

  /** The model as last told; `flush()` gives the newest. */
  get model(): MeshModel {
    return this.#model;
  }

  onChange(listener: (model: MeshModel) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told like a change, also when the model stays as it is: that is what a bad update does. `issues()` has the new ones. */
  onIssues(listener: () => void): () => void {
    this.#issueListeners.add(listener);
    return () => this.#issueListeners.delete(listener);
  }

  /** A place for a source to put what it finds. Of an unknown field, a file says `error`, an API `warning`. */
  sink(source: string, options: CheckOptions = {}): ConfigSink {
    return {
      apply: (document) => void this.apply(document, source, options),
      delete: (id) => this.delete(id, source),
    };
  }

  /** Takes a resource if it has no error; else the one before stays in force. Returns its problems. */
  apply(document: ConfigDocument, source = 'default', options: CheckOptions = {}): readonly Issue[] {
    const id = resourceIdOf(document.object, options.namespace);
    if (id === undefined) return readDocument(document, options).issues;
    const key = resourceKey(id);
    const content = contentOf(document.object);
    const bySource = this.#entries.get(key) ?? new Map<string, Entry>();
    this.#entries.set(key, bySource);
    const before = bySource.get(source);
    // Without places there is nothing to say about equal content that was not said before.
    if (before !== undefined && before.content === content && document.placeOf === undefined) return before.issues;
    const read = readDocument(document, { ...options, settings: this.#settings() });
    const entry: Entry = { id, document, content, issues: read.issues, good: before?.good };
    bySource.set(source, entry);
    this.#noteIssues(before?.issues ?? [], entry.issues);
    if (read.kind !== undefined && read.resource !== undefined) {
      entry.good = { kind: read.kind, resource: read.resource, part: this.#lower(read.kind, read.resource, before) };
    }
    this.#settle(key);
    return entry.issues;
  }

  delete(id: ResourceId, source = 'default'): void {
    const key = resourceKey(id);
    const bySource = this.#entries.get(key);
    const entry = bySource?.get(source);
    if (bySource === undefined || entry === undefined) return;
    bySource.delete(source);
    if (bySource.size === 0) this.#entries.delete(key);
    this.#noteIssues(entry.issues, []);
    this.#settle(key);
  }

  /** These are all the resources that the source has; what else came from it is deleted. */
  replaceAll(documents: readonly ConfigDocument[], source = 'default', options: CheckOptions = {}): readonly Issue[] {
    const named = documents.map((document) => resourceIdOf(document.object, options.namespace));
    const kept = new Set(named.flatMap((id) => (id === undefined ? [] : [resourceKey(id)])));
    for (const [key, bySource] of this.#entries) {
      const entry = kept.has(key) ? undefined : bySource.get(source);
      if (entry !== undefined) this.delete(entry.id, source);
    }
    return documents.flatMap((document) => this.apply(document, source, options));
  }

  /** What holds without a MeshConfig among the resources (`--mesh-config FILE`). */
  setSettings(settings: MeshSettings): void {
    this.#baseSettings = settings;
    this.#relower();
  }

  /** Every problem of every resource, with references that lead nowhere in the newest model. */
  issues(): Issue[] {
    const model = this.flush();
    const known = knownResources(model);
    const issues: Issue[] = [];
    for (const bySource of this.#entries.values()) {
      for (const entry of bySource.values()) {
        issues.push(...entry.issues);
        const { kind, resource } = entry.good ?? {};
        if (kind?.references === undefined || resource === undefined) continue;
        const dangling = kind.references(resource, known, { settings: model.settings });
        issues.push(...dangling.map((issue) => place(issue, entry.document)));
      }
    }
    return uniqueIssues(issues);
  }

  /** The same by resource, for whoever shows them beside it: problems of the newest version, good or not. */
  issuesOf(id: ResourceId): readonly Issue[] {
    return [...(this.#entries.get(resourceKey(id))?.values() ?? [])].flatMap((entry) => entry.issues);
  }

  /** Where people find what a piece of the model came from; undefined if it came from no text. */
  placeOf(ref: ResourceRef, path: string): Place | undefined {
    for (const bySource of this.#entries.values()) {
      for (const { good, document } of bySource.values()) {
        const own = good?.resource.ref;
        if (own?.kind !== ref.kind || own.name !== ref.name || own.namespace !== ref.namespace) continue;
        if (document.placeOf !== undefined) return document.placeOf(path);
      }
    }
    return undefined;
  }

  /** Puts what came in into the model now, tells it if it changed, and returns it. */
  flush(): MeshModel {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#firstChangeAt = undefined;
    const dirty = new Set(this.#dirty);
    this.#dirty.clear();
    const next =
      dirty.size === 0 ? this.#model : assembleModel([...this.#parts.values()], this.#settings(), dirty, this.#model);
    const changed = next !== this.#model;
    this.#model = next;
    if (changed) for (const listener of this.#listeners) listener(next);
    const issuesChanged = this.#issuesChanged;
    this.#issuesChanged = false;
    if (issuesChanged) for (const listener of this.#issueListeners) listener();
    return this.#model;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#issueListeners.clear();
  }

  /** The ConfigMap `istio` counts only in the root namespace, which the base settings name: it cannot move itself. */
  #settings(): MeshSettings {
    const key = resourceKey({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: this.#baseSettings.rootNamespace,
      name: 'istio',
    });
    return this.#parts.get(key)?.settings ?? this.#baseSettings;
  }

  #lower(kind: ConfigKind, resource: Resource, before: Entry | undefined): ModelPart {
    const part = kind.lower?.(resource, { settings: this.#settings() }) ?? {};
    return keepIdentity(before?.good?.part, part);
  }

  /** Takes the resource's part in force, after one of its entries changed. */
  #settle(key: string): void {
    const good = [...(this.#entries.get(key)?.values() ?? [])].find((entry) => entry.good !== undefined)?.good;
    const before = this.#parts.get(key);
    const part = good?.part;
    if (part === before) return;
    if (part === undefined) this.#parts.delete(key);
    else this.#parts.set(key, part);
    const changed = [...sectionsOf(before), ...sectionsOf(part)].filter(
      (section) => before?.[section] !== part?.[section],
    );
    for (const section of changed) this.#dirty.add(section);
    if (changed.includes('settings')) this.#relower();
    else if (changed.length > 0) this.#schedule();
  }

  /** After the settings changed: defaults for exportTo and the root namespace are part of what the kinds lower to. */
  #relower(): void {
    this.#dirty.add('settings');
    for (const [key, bySource] of this.#entries) {
      for (const entry of bySource.values()) {
        if (entry.good === undefined || entry.good.part.settings !== undefined) continue;
        const { kind, resource } = entry.good;
        entry.good = { kind, resource, part: this.#lower(kind, resource, entry) };
      }
      this.#settle(key);
    }
    this.#schedule();
  }

  #noteIssues(before: readonly Issue[], after: readonly Issue[]): void {
    if (before.length === after.length && before.every((issue, index) => isDeepStrictEqual(issue, after[index])))
      return;
    this.#issuesChanged = true;
    this.#schedule();
  }

  #schedule(): void {
    const now = performance.now();
    this.#firstChangeAt ??= now;
    clearTimeout(this.#timer);
    const left = this.#firstChangeAt + this.#longestMs - now;
    this.#timer = setTimeout(() => this.flush(), Math.max(0, Math.min(this.#quietMs, left)));
  }
}

/** Without the API server's bookkeeping, which changes with every write. */
function contentOf(object: unknown): string {
  const { metadata, ...rest } = object as Record<string, unknown> & { metadata: Record<string, unknown> };
  const { resourceVersion: _, managedFields: __, generation: ___, ...kept } = metadata;
  return hash('sha1', JSON.stringify([kept, rest]));
}

function uniqueIssues(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map((issue) => [formatIssue(issue), issue])).values()];
}

function emptyModel(settings: MeshSettings): MeshModel {
  return {
    generation: 0,
    settings,
    namespaces: new Map(),
    services: [],
    endpoints: new Map(),
    workloads: [],
    routeTables: [],
    destinationPolicies: [],
    gateways: [],
    sidecarScopes: [],
  };
}
