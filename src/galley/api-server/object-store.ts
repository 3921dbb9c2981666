// Kubernetes' semantics over the object table: create, update, delete and watch, as both the HTTP API and controllers use them.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { admitted, type CheckObject, enforceVerdict, type WriteOptions } from './admission.ts';
import { ApiError, alreadyExists, badRequest, conflict, forbidden, invalid, notFound } from './api-error.ts';
import { fillDefaults } from './object-defaults.ts';
import { generateName, metadataCauses } from './object-metadata.ts';
import { type ObjectEvent, ObjectTable } from './object-table.ts';
import { apiVersionOf, definitionById, definitionOfKind, type ResourceDefinition } from './resource-definitions.ts';
import { keepServerFields, plainCopy, sameContent, withoutServerFields } from './server-fields.ts';
import { workloadCauses } from './workload-causes.ts';

/** `resource` as in `ResourceDefinition.id`; `namespace` empty for cluster-wide kinds. */
export interface ObjectRef {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface MutationRequest {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly definition: ResourceDefinition;
  /** Unshared: mutators change it in place, and refuse by throwing an `ApiError`. */
  readonly object: KubernetesObject;
  readonly previous?: KubernetesObject;
}

export type Mutator = (request: MutationRequest, store: ObjectStore) => void;

export interface ObjectStoreOptions {
  readonly dbFile: string;
  readonly check?: CheckObject;
  readonly mutators?: readonly Mutator[];
  readonly now?: () => Date;
  readonly historyLimit?: number;
}

export interface UpdateOptions extends WriteOptions {
  readonly subresource?: 'status';
}

export interface DeleteOptions {
  /** Only pods have a grace period; 0 removes at once and is what a pod's runtime says when the pod is gone. */
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
  readonly orphan?: boolean;
}

type Listener = (event: ObjectEvent) => void;

export class ObjectStore {
  readonly #table: ObjectTable;
  readonly #check: CheckObject;
  readonly #mutators: readonly Mutator[];
  readonly #now: () => Date;
  readonly #listeners = new Map<Listener, ReadonlySet<string> | undefined>();
  readonly #undelivered: ObjectEvent[] = [];
  #delivering = false;

  constructor(options: ObjectStoreOptions) {
    this.#table = new ObjectTable(options.dbFile, options.historyLimit);
    this.#check = options.check ?? (() => admitted);
    this.#mutators = options.mutators ?? [];
    this.#now = options.now ?? (() => new Date());
  }

  /** The newest resourceVersion of anything. */
  get resourceVersion(): number {
    return this.#table.resourceVersion;
  }

  /** Frozen: copy before changing (`structuredClone`), or use `modify`. */
  get<T extends KubernetesObject = KubernetesObject>(resource: string, namespace: string, name: string): T | undefined {
    // The caller names the kind by its resource; what is stored under it has that kind.
    return this.#table.get(resource, namespace, name) as T | undefined;
  }

  list<T extends KubernetesObject = KubernetesObject>(resource: string, namespace?: string): T[] {
    return this.#table.list(resource, namespace) as T[];
  }

  since(resourceVersion: number): readonly ObjectEvent[] | undefined {
    return this.#table.since(resourceVersion);
  }

  /**
   * Calls `listener` right after each write of these resources (of all, without a list), in order; it may write itself.
   * Returns what ends it.
   */
  watch(listener: Listener, resources?: readonly string[]): () => void {
    this.#listeners.set(listener, resources === undefined ? undefined : new Set(resources));
    return () => this.#listeners.delete(listener);
  }

  create(input: KubernetesObject, options: WriteOptions = {}): KubernetesObject {
    const definition = definitionFor(input);
    const object = plainCopy(input);
    const { metadata } = object;
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    if ((metadata.name ?? '') === '' && metadata.generateName) metadata.name = generateName(metadata.generateName);
    object.metadata = { ...withoutServerFields(metadata), uid: randomUUID(), creationTimestamp: this.#timestamp() };
    if (definition.namespaced) object.metadata.namespace ??= 'default';
    else delete object.metadata.namespace;
    object.apiVersion = apiVersionOf(definition);
    this.#refuseBadMetadata(definition, object);
    this.#requireNamespace(definition, object);
    const { name, namespace = '' } = object.metadata;
    if (this.#table.get(definition.id, namespace, name) !== undefined) throw alreadyExists(definition, name);
    if (definition.hasStatus) delete object['status'];
    if (definition.id === 'pods') object['status'] = { phase: 'Pending', qosClass: 'BestEffort' };
    if (object['spec'] !== undefined) object.metadata.generation = 1;
    this.#admit({ operation: 'CREATE', definition, object }, options);
    if (options.dryRun === true) return object;
    return this.#write(definition, object);
  }

  /** Optimistic: a `resourceVersion` in the object must be the stored one. Nothing is written when nothing changed. */
  update(input: KubernetesObject, options: UpdateOptions = {}): KubernetesObject {
    const definition = definitionFor(input);
    const { namespace = definition.namespaced ? 'default' : '', name } = input.metadata;
    const previous = this.#require(definition, namespace, name);
    refuseStale(definition, previous, input.metadata);
    const object = plainCopy(input);
    object.apiVersion = apiVersionOf(definition);
    if (options.subresource === 'status') return this.#updateStatus(definition, previous, object);
    keepServerFields(object, previous);
    if (definition.hasStatus) {
      if (previous['status'] === undefined) delete object['status'];
      else object['status'] = previous['status'];
    }
    this.#refuseBadMetadata(definition, object);
    this.#admit({ operation: 'UPDATE', definition, object, previous }, options);
    if (!sameContent(object, previous)) object.metadata.generation = (previous.metadata.generation ?? 0) + 1;
    if (options.dryRun === true) return object;
    if (isDeepStrictEqual(object, previous)) return previous;
    const finished =
      previous.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
    if (finished && !['pods', 'namespaces'].includes(definition.id)) return this.#remove(definition, previous);
    return this.#write(definition, object);
  }

  /** Reads, changes a copy, writes: for controllers, which need no optimistic retry within one process. */
  modify<T extends KubernetesObject>(ref: ObjectRef, change: (object: T) => void, options: UpdateOptions = {}): T {
    const definition = definitionOfRef(ref);
    const object = structuredClone(this.#require(definition, ref.namespace, ref.name)) as T;
    change(object);
    return this.update(object, options) as T;
  }

  /** Replaces the status whatever the resourceVersion; nothing when the object is gone. */
  setStatus(ref: ObjectRef, status: object): KubernetesObject | undefined {
    const definition = definitionOfRef(ref);
    const previous = this.#table.get(ref.resource, ref.namespace, ref.name);
    if (previous === undefined) return undefined;
    return this.#updateStatus(definition, previous, plainCopy({ ...previous, status }));
  }

  /** Returns the object as it was removed, or as it is now when it is only marked for deletion. */
  delete(ref: ObjectRef, options: DeleteOptions = {}): KubernetesObject {
    const definition = definitionOfRef(ref);
    const previous = this.#require(definition, ref.namespace, ref.name);
    const { uid, resourceVersion } = previous.metadata;
    if (options.uid !== undefined && options.uid !== uid) {
      throw conflict(
        definition,
        ref.name,
        `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`,
      );
    }
    if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
      throw conflict(definition, ref.name, `Precondition failed: the resourceVersion is ${resourceVersion}`);
    }
    if (definition.id === 'namespaces' && ['default', 'kube-system'].includes(ref.name)) {
      throw forbidden(definition, ref.name, 'this namespace may not be deleted');
    }
    if (options.dryRun === true) return previous;
    if (options.orphan === true) this.#orphanDependents(previous);
    const graceSeconds = graceOf(definition, previous, options);
    if (definition.id === 'namespaces') return this.#markDeleted(definition, previous, undefined);
    if (graceSeconds > 0 || (previous.metadata.finalizers ?? []).length > 0) {
      return this.#markDeleted(definition, previous, definition.id === 'pods' ? graceSeconds : undefined);
    }
    return this.#remove(definition, previous);
  }

  /** Ends a namespace that is empty by now: the last step of its deletion, for the namespace controller. */
  finalizeNamespace(name: string): void {
    const previous = this.#table.get('namespaces', '', name);
    const definition = definitionById('namespaces');
    if (previous?.metadata.deletionTimestamp !== undefined && definition !== undefined)
      this.#remove(definition, previous);
  }

  close(): void {
    this.#listeners.clear();
    this.#table.close();
  }

  #timestamp(offsetSeconds = 0): string {
    return timestamp(new Date(this.#now().getTime() + offsetSeconds * 1000));
  }

  #require(definition: ResourceDefinition, namespace: string, name: string): KubernetesObject {
    const found = this.#table.get(definition.id, namespace, name);
    if (found === undefined) throw notFound(definition, name);
    return found;
  }

  #requireNamespace(definition: ResourceDefinition, object: KubernetesObject): void {
    const { namespace, name } = object.metadata;
    if (namespace === undefined) return;
    const found = this.#table.get('namespaces', '', namespace);
    const namespaces = definitionById('namespaces');
    if (found === undefined && namespaces !== undefined) throw notFound(namespaces, namespace);
    if (found?.metadata.deletionTimestamp !== undefined) {
      throw forbidden(
        definition,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }

  #refuseBadMetadata(definition: ResourceDefinition, object: KubernetesObject): void {
    const causes = metadataCauses(definition, object.metadata);
    if (causes.length > 0) throw invalid(definition, object.metadata.name ?? '', causes);
  }

  #admit(request: MutationRequest, options: WriteOptions): void {
    const { definition, object, previous } = request;
    // First of all: defaults and mutators rely on the shapes.
    const causes = workloadCauses(definition.id, object, previous);
    if (causes.length > 0) throw invalid(definition, object.metadata.name, causes);
    fillDefaults(definition.id, object);
    for (const mutate of this.#mutators) mutate(request, this);
    enforceVerdict(this.#check(object), object, definition, options);
  }

  #updateStatus(definition: ResourceDefinition, previous: KubernetesObject, input: KubernetesObject): KubernetesObject {
    const object = plainCopy(previous);
    if (input['status'] === undefined) delete object['status'];
    else object['status'] = input['status'];
    return isDeepStrictEqual(object, previous) ? previous : this.#write(definition, object);
  }

  #markDeleted(
    definition: ResourceDefinition,
    previous: KubernetesObject,
    graceSeconds: number | undefined,
  ): KubernetesObject {
    const { deletionTimestamp, deletionGracePeriodSeconds: former } = previous.metadata;
    const shorter = graceSeconds !== undefined && former !== undefined && graceSeconds < former;
    if (deletionTimestamp !== undefined && !shorter) return previous;
    const object = plainCopy(previous);
    object.metadata.deletionTimestamp = this.#timestamp(graceSeconds ?? 0);
    if (graceSeconds !== undefined) object.metadata.deletionGracePeriodSeconds = graceSeconds;
    if (definition.id === 'namespaces') object['status'] = { phase: 'Terminating' };
    return this.#write(definition, object);
  }

  /** Cuts the references to an owner that goes without its dependents. */
  #orphanDependents(owner: KubernetesObject): void {
    for (const resource of this.#table.resources()) {
      for (const each of this.#table.list(resource, owner.metadata.namespace)) {
        if (each.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) !== true) continue;
        this.modify(
          { resource, namespace: each.metadata.namespace ?? '', name: each.metadata.name },
          ({ metadata }) => {
            metadata.ownerReferences = (metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
          },
        );
      }
    }
  }

  #write(definition: ResourceDefinition, object: KubernetesObject): KubernetesObject {
    this.#deliver(this.#table.put(definition.id, object));
    return object;
  }

  #remove(definition: ResourceDefinition, previous: KubernetesObject): KubernetesObject {
    const event = this.#table.remove(definition.id, previous);
    this.#deliver(event);
    return event.object;
  }

  /** A listener that writes causes a nested event: it waits, so that everybody sees all events in order. */
  #deliver(event: ObjectEvent): void {
    this.#undelivered.push(event);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#undelivered.shift(); next !== undefined; next = this.#undelivered.shift()) this.#tell(next);
    } finally {
      this.#delivering = false;
    }
  }

  /** A listener that throws must not keep the event from the others: its error surfaces apart, as nobody's answer. */
  #tell(event: ObjectEvent): void {
    for (const [listener, resources] of this.#listeners) {
      if (resources !== undefined && !resources.has(event.resource)) continue;
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function definitionFor(object: KubernetesObject): ResourceDefinition {
  const definition = definitionOfKind(object.apiVersion, object.kind);
  if (definition !== undefined) return definition;
  throw new ApiError(404, 'NotFound', `no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
}

function definitionOfRef(ref: ObjectRef): ResourceDefinition {
  const definition = definitionById(ref.resource);
  if (definition !== undefined) return definition;
  throw new ApiError(404, 'NotFound', `the server doesn't have a resource type "${ref.resource}"`);
}

function refuseStale(
  definition: ResourceDefinition,
  previous: KubernetesObject,
  given: KubernetesObject['metadata'],
): void {
  const { uid, resourceVersion, name } = previous.metadata;
  if (given.uid !== undefined && given.uid !== uid) {
    throw conflict(
      definition,
      name,
      `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${uid}`,
    );
  }
  if (
    given.resourceVersion !== undefined &&
    given.resourceVersion !== '' &&
    given.resourceVersion !== resourceVersion
  ) {
    throw conflict(
      definition,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
}

function graceOf(definition: ResourceDefinition, object: KubernetesObject, options: DeleteOptions): number {
  if (definition.id !== 'pods') return 0;
  const status: { phase?: string } = object['status'] ?? {};
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return 0;
  const spec: { terminationGracePeriodSeconds?: number } = object['spec'] ?? {};
  return options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
}
