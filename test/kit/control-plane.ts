// The control plane of a test's mesh as seen from outside: its process, its counters, and its sudden death.
import { readdirSync, readFileSync } from 'node:fs';
import type { Mesh } from './mesh.ts';

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0; // ended meanwhile
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // ended meanwhile
  }
}

/** The supervisor's child that runs `control-plane`; undefined while there is none. */
export function controlPlanePid(mesh: Mesh): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => parentOf(pid) === mesh.process.pid && / control-plane( |$)/.test(commandOf(pid)));
}

/** Kills the control plane with SIGKILL whenever it runs, for so long. Gives how often it was killed. */
export async function killRepeatedly(mesh: Mesh, forMs: number): Promise<number> {
  const end = Date.now() + forMs;
  let killed = 0;
  while (Date.now() < end) {
    const pid = controlPlanePid(mesh);
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL');
      killed += 1;
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  return killed;
}

async function metric(mesh: Mesh, name: string): Promise<number> {
  const { body } = await mesh.api.control('/metrics');
  return body
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Resources pushed to proxies so far, over all types. */
export function pushes(mesh: Mesh): Promise<number> {
  return metric(mesh, 'pilot_xds_pushes');
}

/** NACKs so far. */
export function rejects(mesh: Mesh): Promise<number> {
  return metric(mesh, 'pilot_total_xds_rejects');
}
