// Ends what a killed supervisor may have left. The kernel has mostly done so; this makes sure, and waits for it.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { MeshError } from '../../lib/mesh-error.ts';
import { readPodRecords } from '../pods/pod-record.ts';
import { isAlive, sendSignal, waitUntilGone } from '../process/process-identity.ts';
import type { StateFolder } from '../state/state-folder.ts';

const timeoutMs = 5_000;

/** How many processes were still there. Namespaces, links, rules and mounts go with them. */
export async function removeLeftovers(state: StateFolder): Promise<number> {
  const known = [...(state.readRecord()?.children ?? []), ...readPodRecords(state).map(({ holder }) => holder)];
  const alive = known.filter(isAlive);
  for (const { pid } of alive) sendSignal(pid, 'SIGKILL');
  for (const each of alive) {
    if (await waitUntilGone(each, timeoutMs)) continue;
    throw new MeshError('leftovers', `process ${each.pid} of an earlier \`heddle up\` does not end`);
  }
  if (existsSync(state.pods)) {
    rmSync(state.pods, { recursive: true, force: true });
    mkdirSync(state.pods, { mode: 0o700 });
  }
  for (const socket of [state.xdsSocket, state.controlSocket]) rmSync(socket, { force: true });
  state.removeRecord();
  return alive.length;
}
