// What of an object is the server's own and no client's to write, and copies that are safe to change.
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../lib/kubernetes.ts';

/** A JSON copy: what is kept is what a client would have sent, without `undefined` and shared parts. */
export function plainCopy(object: KubernetesObject): KubernetesObject {
  const copy: KubernetesObject = JSON.parse(JSON.stringify(object));
  copy.metadata ??= { name: '' };
  for (const fields of [copy, copy.metadata]) dropNulls(fields);
  return copy;
}

/** In Kubernetes' JSON a null is a field that is not there. */
function dropNulls(fields: object): void {
  for (const [key, value] of Object.entries(fields)) if (value === null) Reflect.deleteProperty(fields, key);
}

export function withoutServerFields(metadata: KubernetesObject['metadata']): KubernetesObject['metadata'] {
  const {
    deletionTimestamp: _a,
    deletionGracePeriodSeconds: _b,
    resourceVersion: _c,
    generation: _d,
    ...rest
  } = metadata;
  Reflect.deleteProperty(rest, 'managedFields');
  Reflect.deleteProperty(rest, 'selfLink');
  return rest;
}

export function keepServerFields(object: KubernetesObject, { metadata }: KubernetesObject): void {
  object.metadata = {
    ...withoutServerFields(object.metadata),
    ...pick(metadata, ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation']),
    ...pick(metadata, ['resourceVersion', 'generateName']),
  };
  if (metadata.namespace !== undefined) object.metadata.namespace = metadata.namespace;
}

function pick<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const key of keys) if (object[key] !== undefined) picked[key] = object[key];
  return picked;
}

/** Equal but for metadata and status: what `generation` counts. */
export function sameContent(a: KubernetesObject, b: KubernetesObject): boolean {
  if (b['spec'] === undefined && a['spec'] === undefined) return true;
  return isDeepStrictEqual({ ...a, metadata: 0, status: 0 }, { ...b, metadata: 0, status: 0 });
}
