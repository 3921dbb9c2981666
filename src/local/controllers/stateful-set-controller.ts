// StatefulSets: pods with ordinal names, one after the other, and replaced from the last to the first.
import type { Pod } from '../../lib/kubernetes.ts';
import { type Controller, type ControllerContext, type ObjectKey, splitKey } from './controller.ts';
import { templateHash } from './deployment.ts';
import {
  isActive,
  isReady,
  maxNewPods,
  ownKeys,
  ownedPods,
  podOf,
  selectsOwnTemplate,
  type Workload,
} from './workload.ts';

const resource = 'statefulsets.apps';
const revisionLabel = 'controller-revision-hash';

export const statefulSetController: Controller = {
  name: 'stateful-set',
  resources: [resource, 'pods'],
  keysOf: ownKeys('StatefulSet'),
  reconcile,
};

function reconcile(key: ObjectKey, { store }: ControllerContext): void {
  const { namespace, name } = splitKey(key);
  const set = store.get<Workload>(resource, namespace, name);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined || !selectsOwnTemplate(set)) return;
  const revision = `${name}-${templateHash(set.spec.template)}`;
  const remove = (pod: Pod): unknown => store.delete({ resource: 'pods', namespace, name: pod.metadata.name });
  const pods = ownedPods(store, set).toSorted((a, b) => ordinalOf(a) - ordinalOf(b));
  const wanted = set.spec.replicas ?? 1;
  const parallel = set.spec['podManagementPolicy'] === 'Parallel';
  for (const ordinal of missingOrdinals(pods, wanted, parallel)) createPod(set, ordinal, revision, store);
  for (const pod of surplus(pods, wanted, parallel)) remove(pod);
  const stale = pods.filter((pod) => isActive(pod) && pod.metadata.labels?.[revisionLabel] !== revision);
  const settled = pods.length === wanted && pods.every((pod) => isActive(pod));
  // One at a time, and none while another is not ready; but one that never becomes ready is replaced as well.
  const last = stale.findLast((pod) => !isReady(pod)) ?? stale.at(-1);
  const others = pods.filter((pod) => pod !== last);
  if (last !== undefined && settled && (!isReady(last) || others.every(isReady))) remove(last);
  const now = ownedPods(store, set);
  const fresh = now.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision);
  store.setStatus(
    { resource, namespace, name },
    {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: now.length,
      readyReplicas: now.filter(isReady).length,
      availableReplicas: now.filter(isReady).length,
      currentReplicas: fresh.length,
      updatedReplicas: fresh.length,
      updateRevision: revision,
      currentRevision: fresh.length === wanted ? revision : (now[0]?.metadata.labels?.[revisionLabel] ?? revision),
    },
  );
}

function ordinalOf({ metadata }: Pod): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

/** In order, the next is made once all before it are ready. */
function missingOrdinals(pods: readonly Pod[], wanted: number, parallel: boolean): number[] {
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]));
  const missing: number[] = [];
  for (let ordinal = 0; ordinal < wanted; ordinal += 1) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) missing.push(ordinal);
    if (missing.length === maxNewPods) break;
    if (!parallel && (pod === undefined || !isReady(pod) || !isActive(pod))) break;
  }
  return missing;
}

function surplus(pods: readonly Pod[], wanted: number, parallel: boolean): Pod[] {
  const beyond = pods.filter((pod) => ordinalOf(pod) >= wanted);
  const going = beyond.some((pod) => !isActive(pod));
  if (parallel) return beyond.filter(isActive);
  return going ? [] : beyond.slice(-1);
}

function createPod(set: Workload, ordinal: number, revision: string, store: ControllerContext['store']): void {
  const name = `${set.metadata.name}-${ordinal}`;
  const { serviceName } = set.spec;
  const template = {
    ...set.spec.template,
    spec: {
      ...set.spec.template.spec,
      hostname: name,
      ...(typeof serviceName === 'string' && serviceName !== '' ? { subdomain: serviceName } : {}),
    },
  };
  const labels = {
    [revisionLabel]: revision,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
  };
  store.create(podOf(set, template, { name }, labels));
}
