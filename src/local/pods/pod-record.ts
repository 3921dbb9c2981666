// What `heddle exec` needs to know about a running pod: a file in the pod's folder, kept current by the supervisor.
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../process/process-identity.ts';
import type { StateFolder } from '../state/state-folder.ts';
import type { ContainerUser } from './container-user.ts';

export interface ContainerRecord {
  readonly name: string;
  /** The process on the host whose only child is the container's first process. */
  readonly entryPid: number;
  readonly user: ContainerUser;
}

export interface PodRecord {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  /** Ending it ends the pod. */
  readonly holder: ProcessIdentity;
  readonly sandboxPid: number;
  /** Where commands go when no container is named. */
  readonly defaultContainer: string;
  readonly containers: readonly ContainerRecord[];
}

export function writePodRecord(state: StateFolder, record: PodRecord): void {
  const folder = state.podFolder(record.namespace, record.name);
  mkdirSync(folder, { recursive: true });
  const fresh = join(folder, 'pod.json.new');
  writeFileSync(fresh, JSON.stringify(record), { mode: 0o600 });
  renameSync(fresh, join(folder, 'pod.json'));
}

export function readPodRecords(state: StateFolder): PodRecord[] {
  try {
    return readdirSync(state.pods).flatMap((folder) => readRecord(join(state.pods, folder, 'pod.json')));
  } catch {
    // No mesh has run in this state folder.
    return [];
  }
}

function readRecord(file: string): PodRecord[] {
  try {
    return [JSON.parse(readFileSync(file, 'utf8')) as PodRecord];
  } catch {
    // A pod that has no namespaces yet, or none any more.
    return [];
  }
}
