// Finds the running pod that a user means: `name`, `namespace/name`, `deploy/name`, `deploy/name` of a namespace.
import { MeshError } from '../../lib/mesh-error.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { readPodRecords } from './pod-record.ts';
import type { PodRecord } from './pod-record.ts';

const workloadWords = new Set(['deploy', 'deployment', 'deployments', 'sts', 'statefulset', 'ds', 'daemonset', 'rs']);
const podWords = new Set(['pod', 'pods', 'po']);

export interface WantedPod {
  readonly namespace: string;
  /** A pod's name, or the name of what owns it. */
  readonly name: string;
  readonly owner: boolean;
}

/** `namespace` applies unless the text names one. */
export function parsePodName(text: string, namespace: string): WantedPod {
  const parts = text.split('/');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 3) return { namespace: first, name: third, owner: workloadWords.has(second) };
  if (parts.length === 2 && workloadWords.has(first)) return { namespace, name: second, owner: true };
  if (parts.length === 2 && podWords.has(first)) return { namespace, name: second, owner: false };
  if (parts.length === 2) return { namespace: first, name: second, owner: false };
  return { namespace, name: text, owner: false };
}

/** Pods of a Deployment are called NAME-HASH-RANDOM, those of a StatefulSet NAME-0. */
export function matchesOwner(podName: string, owner: string): boolean {
  const rest = podName.startsWith(`${owner}-`) ? podName.slice(owner.length + 1) : '';
  return /^[a-z0-9]+(?:-[a-z0-9]{5})?$/.test(rest);
}

/** Throws MeshError `no-pod` that lists the pods there are. */
export function findPod(state: StateFolder, wanted: WantedPod): PodRecord {
  const records = readPodRecords(state);
  const mine = records.filter(({ namespace }) => namespace === wanted.namespace);
  const found = wanted.owner
    ? mine.find(({ name }) => matchesOwner(name, wanted.name))
    : mine.find(({ name }) => name === wanted.name);
  if (found !== undefined) return found;
  const what = `${wanted.owner ? 'pod of ' : 'pod '}${wanted.namespace}/${wanted.name}`;
  if (records.length === 0) {
    const hint =
      state.running() === undefined ? `no mesh runs in ${state.path}; start one: heddle up` : 'none runs yet';
    throw new MeshError('no-pod', `there is no ${what}: ${hint}`);
  }
  const names = records.map(({ namespace, name }) => `  ${namespace}/${name}`).toSorted();
  throw new MeshError('no-pod', `there is no ${what}; these are running:\n${names.join('\n')}`);
}
