// A Deployment's status: the numbers and conditions that `kubectl rollout status` and `kubectl wait` read.
import { timestamp } from '../../lib/timestamp.ts';
import { type Condition, type Deployment, rolloutLimits } from './deployment.ts';
import type { ReplicaSet } from './workload.ts';

type Count = 'replicas' | 'readyReplicas' | 'availableReplicas';

export function deploymentStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  hash: string,
  nowMs: number,
): Record<string, unknown> {
  const wanted = deployment.spec.replicas ?? 1;
  const total = (count: Count, of = sets): number => of.reduce((sum, { status }) => sum + (status?.[count] ?? 0), 0);
  const updated = total(
    'replicas',
    sets.filter(({ metadata }) => metadata.labels?.['pod-template-hash'] === hash),
  );
  const replicas = total('replicas');
  const available = total('availableReplicas');
  const complete = updated === wanted && replicas === wanted && available >= wanted;
  const enough = available >= wanted - rolloutLimits(deployment).maxUnavailable;
  const conditions: Condition[] = [
    {
      type: 'Available',
      status: enough ? 'True' : 'False',
      reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    },
    {
      type: 'Progressing',
      status: 'True',
      reason: complete ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
      message: complete ? 'The newest ReplicaSet has been rolled out.' : 'The newest ReplicaSet is progressing.',
    },
  ];
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas,
    updatedReplicas: updated,
    readyReplicas: total('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
    conditions: conditions.map((condition) => withTimes(condition, deployment.status?.conditions ?? [], nowMs)),
  };
}

/** Times move only when the condition does: else each look would be a write. */
function withTimes(condition: Condition, former: readonly Condition[], nowMs: number): Condition {
  const before = former.find(({ type }) => type === condition.type);
  const now = timestamp(new Date(nowMs));
  const sameStatus = before?.status === condition.status;
  const same = sameStatus && before.reason === condition.reason;
  return {
    ...condition,
    lastUpdateTime: (same ? before.lastUpdateTime : undefined) ?? now,
    lastTransitionTime: (sameStatus ? before.lastTransitionTime : undefined) ?? now,
  };
}
