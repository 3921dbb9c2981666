// `heddle down`: ends the mesh of a state folder, or cleans up after one that was killed.
import { existsSync, rmSync } from 'node:fs';
import { Command } from 'commander';
import { MeshError } from '../lib/mesh-error.ts';
import { sendSignal, waitUntilGone } from '../local/process/process-identity.ts';
import { StateFolder } from '../local/state/state-folder.ts';
import { removeLeftovers } from '../local/supervisor/leftovers.ts';
import { requireRoot } from '../local/supervisor/preflight.ts';
import { outputOption, stateOption } from './state-option.ts';

interface DownFlags {
  readonly state: string;
  readonly purge?: boolean;
  readonly output: 'text' | 'json';
}

const patienceMs = 30_000;

export function downCommand(): Command {
  return new Command('down')
    .description('End the mesh: pods are drained, and no process, namespace or rule stays. Its configuration is kept.')
    .addOption(stateOption())
    .option('--purge', 'also forget its configuration and its logs')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  sudo heddle down')
    .action((flags: DownFlags) => runDown(flags));
}

async function runDown(flags: DownFlags): Promise<void> {
  requireRoot();
  const state = new StateFolder(flags.state);
  const running = state.running();
  if (running !== undefined) {
    sendSignal(running.pid, 'SIGTERM');
    if (!(await waitUntilGone(running, patienceMs))) {
      sendSignal(running.pid, 'SIGKILL');
      await waitUntilGone(running, patienceMs);
    }
  }
  const left = existsSync(state.path) ? await removeLeftovers(state) : 0;
  if (flags.purge === true) purge(state);
  if (flags.output === 'json') console.log(JSON.stringify({ ended: running?.pid ?? null, leftovers: left }));
  else if (running !== undefined) console.log(`The mesh (pid ${running.pid}) has ended.`);
  else console.log(left > 0 ? `Removed what was left of an earlier mesh.` : `No mesh runs in ${state.path}.`);
}

/** Only what is recognisably ours: a wrong --state must not cost anybody their files. */
function purge(state: StateFolder): void {
  if (!existsSync(state.path)) return;
  if (!existsSync(state.run) || !existsSync(state.mountPoint)) {
    throw new MeshError('not-a-state-folder', `${state.path} does not look like a state folder; remove it by hand`);
  }
  rmSync(state.path, { recursive: true });
}
