// The kinds that make pods, as far as the controllers read them, and what they all need to know of pods.
import type { ObjectStore } from '../../galley/api-server/object-store.ts';
import type { LabelSelector } from '../../galley/api-server/selectors.ts';
import { matchesSelector } from '../../galley/api-server/selectors.ts';
import type { KubernetesObject, ObjectMeta, Pod, PodSpec } from '../../lib/kubernetes.ts';
import { type Controller, keyOf } from './controller.ts';

export interface PodTemplate {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec: PodSpec;
}

export interface Workload extends KubernetesObject {
  spec: {
    replicas?: number;
    selector?: LabelSelector;
    template: PodTemplate;
    minReadySeconds?: number;
    [field: string]: unknown;
  };
}

export interface ReplicaSet extends Workload {
  status?: { replicas?: number; readyReplicas?: number; availableReplicas?: number; terminatingReplicas?: number };
}

/** So many pods a reconciliation makes at most; the next one goes on. A mistyped number then does not stop everything. */
export const maxNewPods = 50;

export function controllerOf(object: KubernetesObject): { uid: string; kind: string; name: string } | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** For a controller's `keysOf`: an event of that kind is about the object itself, one of anything else about its owner. */
export function ownKeys(kind: string): Controller['keysOf'] {
  return ({ object }) => {
    if (object.kind === kind) return [keyOf(object)];
    const owner = controllerOf(object);
    return owner?.kind === kind ? [`${object.metadata.namespace ?? ''}/${owner.name}`] : [];
  };
}

export function ownerReference(owner: KubernetesObject): NonNullable<ObjectMeta['ownerReferences']>[number] {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true };
}

export function ownedPods(store: ObjectStore, owner: KubernetesObject): Pod[] {
  return store
    .list<Pod>('pods', owner.metadata.namespace)
    .filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid);
}

/** Neither ended nor about to. */
export function isActive(pod: Pod): boolean {
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return !ended && pod.metadata.deletionTimestamp === undefined;
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Milliseconds until the pod counts as available: 0 when it does, `undefined` while it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
  if (ready === undefined) return undefined;
  const sinceMs = ready.lastTransitionTime === undefined ? nowMs : Date.parse(ready.lastTransitionTime);
  return minReadySeconds === 0 ? 0 : Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs);
}

/** A selector that does not match its own template would make pods for ever. */
export function selectsOwnTemplate({ spec }: Workload): boolean {
  return matchesSelector(spec.selector, spec.template.metadata?.labels ?? {});
}

export function podOf(
  owner: Workload,
  template: PodTemplate,
  name: { name: string } | { generateName: string },
  labels: Record<string, string> = {},
): KubernetesObject {
  const { namespace = 'default' } = owner.metadata;
  const annotations = template.metadata?.annotations;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      ...name,
      namespace,
      labels: { ...template.metadata?.labels, ...labels },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: template.spec,
  };
}
