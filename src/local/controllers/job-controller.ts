// Jobs: pods until so many have succeeded, or too many have failed.
import type { Pod } from '../../lib/kubernetes.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { type Controller, type ControllerContext, type ObjectKey, splitKey } from './controller.ts';
import { ownKeys, isActive, maxNewPods, ownedPods, podOf, type Workload } from './workload.ts';

const resource = 'jobs.batch';

interface JobStatus {
  readonly conditions?: readonly { type: string; status: string; reason?: string }[];
  readonly startTime?: string;
  readonly completionTime?: string;
}

export const jobController: Controller = {
  name: 'job',
  resources: [resource, 'pods'],
  keysOf: ownKeys('Job'),
  reconcile,
};

function reconcile(key: ObjectKey, { store, now }: ControllerContext): void {
  const { namespace, name } = splitKey(key);
  const job = store.get<Workload>(resource, namespace, name);
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return;
  const former: JobStatus = job['status'] ?? {};
  if (former.conditions?.some(({ status }) => status === 'True') === true) return;
  const pods = ownedPods(store, job);
  const inPhase = (phase: string): Pod[] => pods.filter(({ status }) => status?.phase === phase);
  const succeeded = inPhase('Succeeded').length;
  const failed = inPhase('Failed').length;
  const active = pods.filter(isActive).length;
  const completions = numberOf(job.spec['completions'], 1);
  const condition = conditionOf(succeeded >= completions, failed > numberOf(job.spec['backoffLimit'], 6));
  const missing = Math.min(numberOf(job.spec['parallelism'], 1), completions - succeeded) - active;
  const labels = { 'batch.kubernetes.io/job-name': name, 'job-name': name };
  for (let i = 0; condition === undefined && i < Math.min(missing, maxNewPods); i += 1) {
    store.create(podOf(job, job.spec.template, { generateName: `${name}-` }, labels));
  }
  const time = timestamp(new Date(now()));
  store.setStatus(
    { resource, namespace, name },
    {
      startTime: former.startTime ?? time,
      active: condition === undefined ? Math.max(active, active + missing) : active,
      succeeded,
      failed,
      ...(condition === undefined ? {} : { conditions: [{ ...condition, lastTransitionTime: time }] }),
      ...(condition?.type === 'Complete' ? { completionTime: time } : {}),
    },
  );
}

function conditionOf(
  complete: boolean,
  tooManyFailed: boolean,
): { type: string; status: 'True'; reason: string } | undefined {
  if (complete) return { type: 'Complete', status: 'True', reason: 'CompletionsReached' };
  return tooManyFailed ? { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' } : undefined;
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
