// Requests for objects: each verb of Kubernetes' API as one function from a parsed request to an answer.
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import type { WriteOptions } from './admission.ts';
import { ApiError, badRequest, notFound, type StatusBody } from './api-error.ts';
import { hasScale } from './discovery.ts';
import { isFields, jsonPatch, mergePatch } from './merge-patch.ts';
import type { DeleteOptions, ObjectRef, ObjectStore, UpdateOptions } from './object-store.ts';
import { tableOf } from './object-table-view.ts';
import { type ObjectPath, unknownPath } from './request-path.ts';
import { apiVersionOf, hasKeyedLists, splitApiVersion } from './resource-definitions.ts';
import { type ObjectFilter, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { strategicMerge } from './strategic-merge.ts';

export interface ObjectRequest {
  readonly method: string;
  readonly path: ObjectPath;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: unknown;
  readonly asTable: boolean;
  readonly onWarning: (text: string) => void;
}

export interface Answer {
  readonly code: number;
  readonly body: object;
}

export function answerObjectRequest(store: ObjectStore, request: ObjectRequest): Answer {
  const { method, path } = request;
  const { name, subresource } = path;
  if (subresource === 'scale' && hasScale(path.definition)) return scale(store, request);
  if (subresource !== undefined && !(subresource === 'status' && path.definition.hasStatus)) {
    throw unknownPath(`the subresource ${subresource} of ${path.definition.id}`);
  }
  if (name === undefined) {
    if (method === 'GET') return list(store, request);
    if (method === 'POST') return create(store, request);
    if (method === 'DELETE') return removeAll(store, request);
  } else {
    if (method === 'GET') return { code: 200, body: shown(request, find(store, request)) };
    if (method === 'PUT') return update(store, request);
    if (method === 'PATCH') return patch(store, request);
    if (method === 'DELETE') return remove(store, request);
  }
  throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

/** The stored object in the version that the request's path asks for. */
export function inVersion({ definition, version }: ObjectPath, object: KubernetesObject): KubernetesObject {
  const apiVersion = apiVersionOf(definition, version);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** Namespace of the path, label and field selector, and the name when the path has one. */
export function filterOf({ path, query }: Pick<ObjectRequest, 'path' | 'query'>): ObjectFilter {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '');
  const byField = parseFieldSelector(query.get('fieldSelector') ?? '');
  return (object) =>
    (path.namespace === undefined || object.metadata.namespace === path.namespace) &&
    (path.name === undefined || object.metadata.name === path.name) &&
    byLabel(object) &&
    byField(object);
}

function refOf({ definition, namespace = '', name = '' }: ObjectPath): ObjectRef {
  return { resource: definition.id, namespace, name };
}

function find(store: ObjectStore, { path }: ObjectRequest): KubernetesObject {
  const { resource, namespace, name } = refOf(path);
  const object = store.get(resource, namespace, name);
  if (object === undefined) throw notFound(path.definition, name);
  return object;
}

function shown({ path, asTable }: ObjectRequest, object: KubernetesObject): object {
  const present = (each: KubernetesObject): KubernetesObject => inVersion(path, each);
  return asTable ? tableOf(path.definition, [object], {}, present) : present(object);
}

function list(store: ObjectStore, request: ObjectRequest): Answer {
  const { path, query, asTable } = request;
  const { definition, version, namespace } = path;
  const present = (object: KubernetesObject): KubernetesObject => inVersion(path, object);
  const all = store.list(definition.id, namespace).filter(filterOf(request));
  const { items, metadata } = pageOf(all, query, store.resourceVersion);
  if (asTable) return { code: 200, body: tableOf(definition, items, metadata, present) };
  const kind = `${definition.kind}List`;
  return {
    code: 200,
    body: { kind, apiVersion: apiVersionOf(definition, version), metadata, items: items.map(present) },
  };
}

/** `limit` and `continue`: the token is the key of the last object of the page before. */
function pageOf(
  all: KubernetesObject[],
  query: URLSearchParams,
  resourceVersion: number,
): { items: KubernetesObject[]; metadata: object } {
  const keyOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  const token = query.get('continue') ?? '';
  const after = token === '' ? '' : Buffer.from(token, 'base64url').toString();
  const rest = after === '' ? all : all.filter((object) => keyOf(object) > after);
  const limit = Number(query.get('limit') ?? 0);
  const items = limit > 0 ? rest.slice(0, limit) : rest;
  const last = items.at(-1);
  const remaining = rest.length - items.length;
  const more =
    remaining > 0 && last !== undefined
      ? { continue: Buffer.from(keyOf(last)).toString('base64url'), remainingItemCount: remaining }
      : {};
  return { items, metadata: { resourceVersion: String(resourceVersion), ...more } };
}

function writeOptions({ query, onWarning }: ObjectRequest): WriteOptions {
  const fieldValidation = query.get('fieldValidation') ?? 'Warn';
  if (fieldValidation !== 'Ignore' && fieldValidation !== 'Warn' && fieldValidation !== 'Strict') {
    throw badRequest(`invalid fieldValidation ${JSON.stringify(fieldValidation)}: one of Ignore, Warn, Strict`);
  }
  return { fieldValidation, dryRun: query.get('dryRun') === 'All', onWarning };
}

function updateOptions(request: ObjectRequest): UpdateOptions {
  return { ...writeOptions(request), ...(request.path.subresource === 'status' ? { subresource: 'status' } : {}) };
}

/** The request's body as an object that fits its path, or a 400 that says what does not. */
function objectOf({ path, body }: ObjectRequest, source: unknown = body): KubernetesObject {
  if (!isFields(source)) throw badRequest('the body is not an object');
  const { definition, version, namespace, name } = path;
  const apiVersion = apiVersionOf(definition, version);
  const { apiVersion: given = apiVersion, kind = definition.kind, metadata = {} } = source;
  if (given !== apiVersion || kind !== definition.kind) {
    throw badRequest(
      `the object provided is ${String(given)}, ${String(kind)}; this path takes ${apiVersion}, ${definition.kind}`,
    );
  }
  if (!isFields(metadata)) throw badRequest('metadata is not an object');
  const givenName = metadata['name'] ?? name;
  const generated = metadata['generateName'];
  if (
    (givenName !== undefined && typeof givenName !== 'string') ||
    (generated !== undefined && typeof generated !== 'string')
  ) {
    throw badRequest('metadata.name and metadata.generateName are strings');
  }
  if (name !== undefined && givenName !== name) {
    throw badRequest(`the name of the object (${givenName}) does not match the name on the URL (${name})`);
  }
  const givenNamespace = metadata['namespace'] ?? namespace;
  if (namespace !== undefined && givenNamespace !== '' && givenNamespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return {
    ...source,
    apiVersion,
    kind: definition.kind,
    metadata: { ...metadata, name: givenName ?? '', ...(namespace === undefined ? {} : { namespace }) },
  };
}

function create(store: ObjectStore, request: ObjectRequest): Answer {
  const { definition, namespace } = request.path;
  if (definition.namespaced && namespace === undefined) {
    throw badRequest('an empty namespace may not be set during creation');
  }
  return { code: 201, body: inVersion(request.path, store.create(objectOf(request), writeOptions(request))) };
}

function update(store: ObjectStore, request: ObjectRequest): Answer {
  return { code: 200, body: inVersion(request.path, store.update(objectOf(request), updateOptions(request))) };
}

function patch(store: ObjectStore, request: ObjectRequest): Answer {
  const { path, contentType, body } = request;
  const { resource, namespace, name } = refOf(path);
  const current = store.get(resource, namespace, name);
  if (contentType === 'application/apply-patch+yaml' && current === undefined) {
    const { subresource: _none, ...objectPath } = path;
    return create(store, { ...request, path: objectPath });
  }
  if (current === undefined) throw notFound(path.definition, name);
  const next = patched(inVersion(path, current), contentType, body);
  return update(store, { ...request, body: next });
}

function patched(current: KubernetesObject, contentType: string, patch: unknown): unknown {
  const strategic = hasKeyedLists(splitApiVersion(current.apiVersion).group);
  switch (contentType) {
    case 'application/merge-patch+json':
      return mergePatch(current, patch);
    case 'application/strategic-merge-patch+json':
      if (strategic) return strategicMerge(current, patch);
      break;
    case 'application/json-patch+json':
      return jsonPatch(current, patch);
    case 'application/apply-patch+yaml':
      return strategic ? strategicMerge(current, patch) : mergePatch(current, patch);
  }
  throw new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unsupported format: ${contentType}`,
  );
}

function deleteOptions({ query, body }: ObjectRequest): DeleteOptions {
  const options = isFields(body) ? body : {};
  const preconditions = isFields(options['preconditions']) ? options['preconditions'] : {};
  const grace = options['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined;
  const seconds = grace === undefined ? undefined : Number(grace);
  if (seconds !== undefined && !(seconds >= 0)) throw badRequest('gracePeriodSeconds is not a number of seconds');
  const { uid, resourceVersion } = preconditions;
  const propagation = options['propagationPolicy'] ?? query.get('propagationPolicy');
  return {
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    dryRun: query.get('dryRun') === 'All' || (Array.isArray(options['dryRun']) && options['dryRun'].includes('All')),
    orphan: propagation === 'Orphan' || options['orphanDependents'] === true,
  };
}

function remove(store: ObjectStore, request: ObjectRequest): Answer {
  const { path } = request;
  const ref = refOf(path);
  const removed = store.delete(ref, deleteOptions(request));
  if (store.get(ref.resource, ref.namespace, ref.name) !== undefined)
    return { code: 200, body: inVersion(path, removed) };
  const { definition, name = '' } = path;
  const { uid = '' } = removed.metadata;
  const group = definition.group === '' ? {} : { group: definition.group };
  const details = { name, ...group, kind: definition.plural, uid };
  const status: StatusBody = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  return { code: 200, body: status };
}

function removeAll(store: ObjectStore, request: ObjectRequest): Answer {
  const { definition, namespace, version } = request.path;
  const options = deleteOptions(request);
  const items = store.list(definition.id, namespace).filter(filterOf(request));
  for (const { metadata } of items) {
    store.delete({ resource: definition.id, namespace: metadata.namespace ?? '', name: metadata.name }, options);
  }
  const metadata = { resourceVersion: String(store.resourceVersion) };
  const present = items.map((object) => inVersion(request.path, object));
  return {
    code: 200,
    body: { kind: `${definition.kind}List`, apiVersion: apiVersionOf(definition, version), metadata, items: present },
  };
}

/** `kubectl scale`: a view of the object that has only its number of replicas. */
function scale(store: ObjectStore, request: ObjectRequest): Answer {
  const { method, path, contentType, body } = request;
  let object = find(store, request);
  if (method === 'PUT' || method === 'PATCH') {
    const wanted = method === 'PUT' ? body : patched(scaleOf(object), contentType, body);
    const replicas = isFields(wanted) && isFields(wanted['spec']) ? wanted['spec']['replicas'] : undefined;
    if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
      throw badRequest('spec.replicas is not a whole number of at least 0');
    }
    object = store.modify(
      refOf(path),
      (each) => Object.assign(each['spec'] ?? {}, { replicas }),
      writeOptions(request),
    );
  } else if (method !== 'GET') {
    throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  }
  return { code: 200, body: scaleOf(object) };
}

function scaleOf(object: KubernetesObject): KubernetesObject {
  const spec: { replicas?: number } = object['spec'] ?? {};
  const status: { replicas?: number } = object['status'] ?? {};
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: JSON.parse(JSON.stringify({ name, namespace, uid, resourceVersion, creationTimestamp })),
    spec: { replicas: spec.replicas ?? 0 },
    status: { replicas: status.replicas ?? 0 },
  };
}
