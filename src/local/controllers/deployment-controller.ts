// Deployments: one ReplicaSet for each template, scaled so that a rollout never takes away more than allowed.
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { type Controller, type ControllerContext, type ObjectKey, splitKey } from './controller.ts';
import { type Deployment, rolloutSteps, templateHash } from './deployment.ts';
import { deploymentStatus } from './deployment-status.ts';
import { ownKeys, controllerOf, ownerReference, type ReplicaSet, selectsOwnTemplate } from './workload.ts';

const resource = 'deployments.apps';
const sets = 'replicasets.apps';
const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';

export const deploymentController: Controller = {
  name: 'deployment',
  resources: [resource, sets],
  keysOf: ownKeys('Deployment'),
  reconcile,
};

function reconcile(key: ObjectKey, context: ControllerContext): void {
  const { store } = context;
  const { namespace, name } = splitKey(key);
  const deployment = store.get<Deployment>(resource, namespace, name);
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
  if (!selectsOwnTemplate(deployment)) return;
  const owned = (): ReplicaSet[] =>
    store.list<ReplicaSet>(sets, namespace).filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
  const hash = templateHash(deployment.spec.template);
  const isCurrent = (set: ReplicaSet): boolean => set.metadata.labels?.[hashLabel] === hash;
  if (!owned().some(isCurrent) && deployment.spec.paused !== true) createSet(deployment, hash, owned(), context);
  const current = owned().find(isCurrent);
  if (current !== undefined) {
    const revised = withNewestRevision(current, owned(), context);
    const old = owned().filter((set) => !isCurrent(set));
    for (const { set, replicas } of stepsOf(deployment, revised, old)) scale(set, replicas, context);
    markRevision(key, revised, context);
    dropHistory(deployment, old, context);
  }
  store.setStatus({ resource, namespace, name }, deploymentStatus(deployment, owned(), hash, context.now()));
}

/** A paused deployment still follows its number of replicas, but starts no new template. */
function stepsOf(
  deployment: Deployment,
  current: ReplicaSet,
  old: ReplicaSet[],
): { set: ReplicaSet; replicas: number }[] {
  const rolling = old.some((set) => (set.spec.replicas ?? 0) + podsOf(set) > 0);
  if (!rolling) return [{ set: current, replicas: deployment.spec.replicas ?? 1 }];
  return deployment.spec.paused === true ? [] : rolloutSteps(deployment, current, old);
}

function podsOf({ status }: ReplicaSet): number {
  return (status?.replicas ?? 0) + (status?.terminatingReplicas ?? 0);
}

const revisionOf = ({ metadata }: KubernetesObject): number => Number(metadata.annotations?.[revisionAnnotation] ?? 0);

function newest(all: readonly ReplicaSet[]): number {
  return Math.max(0, ...all.map(revisionOf));
}

function createSet(
  deployment: Deployment,
  hash: string,
  all: readonly ReplicaSet[],
  { store }: ControllerContext,
): void {
  const { name, namespace = '' } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  store.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { [revisionAnnotation]: String(newest(all) + 1) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  });
}

/** Going back to an earlier template makes its set the newest revision again. */
function withNewestRevision(current: ReplicaSet, all: readonly ReplicaSet[], { store }: ControllerContext): ReplicaSet {
  const latest = newest(all);
  if (revisionOf(current) >= latest) return current;
  const { namespace = '', name } = current.metadata;
  return store.modify<ReplicaSet>({ resource: sets, namespace, name }, ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, [revisionAnnotation]: String(latest + 1) };
  });
}

function markRevision(key: ObjectKey, current: ReplicaSet, { store }: ControllerContext): void {
  const revision = String(revisionOf(current));
  store.modify({ resource, ...splitKey(key) }, ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, [revisionAnnotation]: revision };
  });
}

function scale({ metadata, spec }: ReplicaSet, replicas: number, { store }: ControllerContext): void {
  if (spec.replicas === replicas) return;
  const ref = { resource: sets, namespace: metadata.namespace ?? '', name: metadata.name };
  store.modify<ReplicaSet>(ref, (set) => {
    set.spec.replicas = replicas;
  });
}

function dropHistory(deployment: Deployment, old: readonly ReplicaSet[], { store }: ControllerContext): void {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const empty = old.filter((set) => (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0);
  const surplus = empty.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, empty.length - limit));
  for (const { metadata } of surplus) {
    store.delete({ resource: sets, namespace: metadata.namespace ?? '', name: metadata.name });
  }
}
