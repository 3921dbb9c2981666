// What tells one resource from all others, whichever version of its kind it is written in.
import { isForeignNamespaced } from './kinds/foreign-kinds.ts';
import { findKind, groupOf } from './kinds/index.ts';

export interface ResourceId {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for what is not in a namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** Undefined if the object does not name itself fully. */
export function resourceIdOf(object: unknown, defaultNamespace = 'default'): ResourceId | undefined {
  if (typeof object !== 'object' || object === null) return undefined;
  const { apiVersion, kind, metadata } = object as Record<string, unknown>;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { name, namespace } = metadata as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') return undefined;
  const own = typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
  return { apiVersion, kind, namespace: namespaceOf(groupOf(apiVersion), kind, own, defaultNamespace), name };
}

function namespaceOf(group: string, kind: string, own: string | undefined, otherwise: string): string {
  const namespaced = findKind(group, kind)?.namespaced ?? isForeignNamespaced(group, kind);
  if (namespaced === false) return '';
  // Of a kind that nobody knows, only the object itself can say whether it is in a namespace.
  return own ?? (namespaced === undefined ? '' : otherwise);
}

/** `networking.istio.io/VirtualService/shop/reviews` */
export function resourceKey({ apiVersion, kind, namespace, name }: ResourceId): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace}/${name}`;
}
