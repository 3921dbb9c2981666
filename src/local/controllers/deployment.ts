// The shape of a Deployment, its template's hash, and the arithmetic of its rollouts.
import { createHash } from 'node:crypto';
import { encodeSuffix } from '../../galley/api-server/object-metadata.ts';
import type { PodTemplate, ReplicaSet, Workload } from './workload.ts';

export interface Deployment extends Workload {
  spec: Workload['spec'] & {
    paused?: boolean;
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
    strategy?: {
      type?: string;
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
  };
  status?: { conditions?: Condition[] };
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
}

/** Ten characters that depend on the template alone, whatever the order of its keys. */
export function templateHash(template: PodTemplate): string {
  const digest = createHash('sha256').update(canonical(template)).digest();
  return encodeSuffix(digest.readUIntBE(0, 6), 10);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}

export interface RolloutLimits {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Percentages of the wanted replicas: surge rounds up, unavailable down, and both 0 would never get on. */
export function rolloutLimits({ spec }: Deployment): RolloutLimits {
  const replicas = spec.replicas ?? 1;
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const surge = amount(maxSurge, replicas, Math.ceil);
  const unavailable = amount(maxUnavailable, replicas, Math.floor);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function amount(value: number | string, of: number, round: (n: number) => number): number {
  if (typeof value === 'number') return value;
  const number = Number.parseFloat(value);
  if (Number.isNaN(number)) return 0;
  return value.endsWith('%') ? round((number * of) / 100) : number;
}

export interface RolloutStep {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

const wantedOf = (set: ReplicaSet): number => set.spec.replicas ?? 0;
const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);

/** How many replicas each set should have now. New pods come before old ones go, within the limits. */
export function rolloutSteps(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): RolloutStep[] {
  const replicas = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === 'Recreate') {
    const oldPods = sum(
      old,
      (set) => wantedOf(set) + (set.status?.replicas ?? 0) + (set.status?.terminatingReplicas ?? 0),
    );
    return [
      ...old.map((set) => ({ set, replicas: 0 })),
      { set: current, replicas: oldPods > 0 ? wantedOf(current) : replicas },
    ];
  }
  const { maxSurge, maxUnavailable } = rolloutLimits(deployment);
  const total = wantedOf(current) + sum(old, wantedOf);
  const room = Math.max(0, replicas + maxSurge - total);
  const currentReplicas = Math.min(replicas, wantedOf(current) + room);
  return [{ set: current, replicas: currentReplicas }, ...shrinkOld(current, old, replicas - maxUnavailable)];
}

/** Old pods that are not available go at once; available ones only while `minAvailable` stay. */
function shrinkOld(current: ReplicaSet, old: readonly ReplicaSet[], minAvailable: number): RolloutStep[] {
  const oldAvailable = sum(old, (set) => Math.min(availableOf(set), wantedOf(set)));
  const available = Math.min(availableOf(current), wantedOf(current)) + oldAvailable;
  let removable = Math.max(0, available - minAvailable);
  return old.map((set) => {
    const healthy = Math.min(availableOf(set), wantedOf(set));
    const gone = Math.min(healthy, removable);
    removable -= gone;
    return { set, replicas: healthy - gone };
  });
}
