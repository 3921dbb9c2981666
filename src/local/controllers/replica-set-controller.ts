// ReplicaSets: as many pods as wanted, and a status that says how many are ready.
import type { Pod } from '../../lib/kubernetes.ts';
import { type Controller, type ControllerContext, type ObjectKey, splitKey } from './controller.ts';
import {
  availableInMs,
  isActive,
  isReady,
  maxNewPods,
  ownKeys,
  ownedPods,
  podOf,
  type ReplicaSet,
  selectsOwnTemplate,
} from './workload.ts';

const resource = 'replicasets.apps';

export const replicaSetController: Controller = {
  name: 'replica-set',
  resources: [resource, 'pods'],
  keysOf: ownKeys('ReplicaSet'),
  reconcile,
};

function reconcile(key: ObjectKey, context: ControllerContext): void {
  const { namespace, name } = splitKey(key);
  const set = context.store.get<ReplicaSet>(resource, namespace, name);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
  if (!selectsOwnTemplate(set)) return;
  const active = ownedPods(context.store, set).filter(isActive);
  const missing = (set.spec.replicas ?? 1) - active.length;
  for (let i = 0; i < Math.min(missing, maxNewPods); i += 1) {
    context.store.create(podOf(set, set.spec.template, { generateName: `${set.metadata.name}-` }));
  }
  for (const pod of surplus(active, -missing)) {
    context.store.delete({ resource: 'pods', namespace, name: pod.metadata.name });
  }
  setStatus(key, set, context);
}

/** Those go first that serve least: without address, not ready, youngest. */
function surplus(pods: readonly Pod[], count: number): Pod[] {
  if (count <= 0) return [];
  const rank = (pod: Pod): number => (pod.status?.podIP === undefined ? 0 : isReady(pod) ? 2 : 1);
  const age = (pod: Pod): string => pod.metadata.creationTimestamp ?? '';
  return pods
    .toSorted(
      (a, b) => rank(a) - rank(b) || age(b).localeCompare(age(a)) || a.metadata.name.localeCompare(b.metadata.name),
    )
    .slice(0, count);
}

function setStatus(key: ObjectKey, set: ReplicaSet, { store, again, now }: ControllerContext): void {
  const { namespace, name } = splitKey(key);
  const all = ownedPods(store, set);
  const pods = all.filter(isActive);
  const waits = pods.map((pod) => availableInMs(pod, set.spec.minReadySeconds ?? 0, now()));
  const later = waits.filter((wait) => wait !== undefined && wait > 0);
  if (later.length > 0) again(key, Math.min(...later.map((wait) => wait ?? 0)));
  store.setStatus(
    { resource, namespace, name },
    {
      replicas: pods.length,
      fullyLabeledReplicas: pods.length,
      readyReplicas: pods.filter(isReady).length,
      availableReplicas: waits.filter((wait) => wait === 0).length,
      terminatingReplicas: all.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length,
      observedGeneration: set.metadata.generation ?? 1,
    },
  );
}
