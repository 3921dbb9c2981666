// The processes of a pod as the host sees them: to enter its network, to measure its proxy, to kill something in it.
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Mesh } from './mesh.ts';

export interface PodProcess {
  readonly pid: number;
  readonly command: string;
}

/** All processes in the pod's network namespace. `pod` is `namespace/name`. */
export async function podProcesses(mesh: Mesh, pod: string): Promise<PodProcess[]> {
  const child = mesh.exec(pod, ['readlink', '/proc/self/ns/net']);
  let namespace = '';
  child.stdout!.on('data', (chunk: Buffer) => (namespace += chunk.toString()));
  await once(child, 'close');
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || readlinkSync(`/proc/${pid}/ns/net`) !== namespace.trim()) return [];
      return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
    } catch {
      return []; // ended meanwhile
    }
  });
}

/** The process that carries a pod's traffic: Envoy itself, or the embedded sidecar's only one. Undefined without a sidecar. */
export function trafficProcess(processes: readonly PodProcess[]): PodProcess | undefined {
  // Not those that only wait for it to end: their command lines name the same files.
  const is = (program: RegExp): PodProcess | undefined => processes.find(({ command }) => program.test(command));
  return is(/^\S*\/envoy /) ?? is(/^\S*\/node \S.*sidecar\.js proxy/);
}
