// DaemonSets: this machine is the only node, so each has one pod.
import { type Controller, type ControllerContext, type ObjectKey, splitKey } from './controller.ts';
import { templateHash } from './deployment.ts';
import { ownKeys, isActive, isReady, ownedPods, podOf, selectsOwnTemplate, type Workload } from './workload.ts';

const resource = 'daemonsets.apps';
const revisionLabel = 'controller-revision-hash';

export const daemonSetController: Controller = {
  name: 'daemon-set',
  resources: [resource, 'pods'],
  keysOf: ownKeys('DaemonSet'),
  reconcile,
};

function reconcile(key: ObjectKey, { store }: ControllerContext): void {
  const { namespace, name } = splitKey(key);
  const set = store.get<Workload>(resource, namespace, name);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined || !selectsOwnTemplate(set)) return;
  const revision = templateHash(set.spec.template);
  const pods = ownedPods(store, set);
  const active = pods.filter(isActive);
  for (const pod of active.filter(({ metadata }) => metadata.labels?.[revisionLabel] !== revision)) {
    store.delete({ resource: 'pods', namespace, name: pod.metadata.name });
  }
  // As Kubernetes' default of maxSurge 0: the old one is gone before the new one comes.
  if (ownedPods(store, set).filter(({ status }) => status?.phase !== 'Failed').length === 0) {
    store.create(podOf(set, set.spec.template, { generateName: `${name}-` }, { [revisionLabel]: revision }));
  }
  const ready = ownedPods(store, set).filter((pod) => isActive(pod) && isReady(pod)).length;
  store.setStatus(
    { resource, namespace, name },
    {
      observedGeneration: set.metadata.generation ?? 1,
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
      updatedNumberScheduled: 1,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
    },
  );
}
