// What tells one resource from all others, whichever version of its kind it is written in.
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
  const ours = findKind(groupOf(apiVersion), kind);
  const own = typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
  // Of a kind that we do not know, only the object itself can say whether it is in a namespace.
  const inNamespace = ours === undefined ? (own ?? '') : (own ?? defaultNamespace);
  return { apiVersion, kind, namespace: ours?.namespaced === false ? '' : inNamespace, name };
}

/** `networking.istio.io/VirtualService/shop/reviews` */
export function resourceKey({ apiVersion, kind, namespace, name }: ResourceId): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace}/${name}`;
}
