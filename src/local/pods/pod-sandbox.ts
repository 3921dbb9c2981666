// A pod's namespaces (network, mount, PID, host name, IPC) and the process that holds them: when it goes, all goes.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { MeshError } from '../../lib/mesh-error.ts';
import type { HubNetwork } from '../network/hub-network.ts';
import { firstChild, identify } from '../process/process-identity.ts';
import type { ProcessIdentity } from '../process/process-identity.ts';
import { systemTools } from '../process/system-tools.ts';
import { sandboxScript } from './sandbox-script.ts';
import type { SandboxPlan } from './sandbox-script.ts';

export class PodSandbox {
  readonly #holder: ChildProcess;
  readonly #hub: HubNetwork;
  readonly address: string;
  /** PID 1 of the pod, as the host counts. */
  readonly pid: number;

  private constructor(holder: ChildProcess, pid: number, hub: HubNetwork, address: string) {
    this.#holder = holder;
    this.#hub = hub;
    this.pid = pid;
    this.address = address;
  }

  /**
   * The kernel kills the holder when the supervisor dies, `unshare` has it kill PID 1 with itself, and a PID namespace
   * does not outlive its PID 1: not even `kill -9` of the supervisor leaves anything.
   */
  static async create(plan: SandboxPlan, hub: HubNetwork, address: string): Promise<PodSandbox> {
    const { setpriv, unshare, sh } = systemTools();
    const spaces = ['--net', '--uts', '--ipc', '--mount', '--pid', '--fork', '--kill-child'];
    const args = ['--pdeathsig', 'KILL', '--', unshare, ...spaces, '--', sh, '-c', sandboxScript(plan)];
    const holder = spawn(setpriv, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const errors: Buffer[] = [];
    holder.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    const ended = once(holder, 'exit').then(() => undefined);
    const ready = Promise.race([once(holder.stdout, 'data'), ended]);
    try {
      const pid = await pidOne(holder);
      await hub.attach(pid, address);
      if ((await ready) === undefined) throw new MeshError('pod-sandbox', 'its first process ended');
      holder.stdout.destroy();
      holder.stderr.destroy();
      return new PodSandbox(holder, pid, hub, address);
    } catch (cause) {
      holder.kill('SIGKILL');
      await ended;
      const said = Buffer.concat(errors).toString().trim();
      throw new MeshError('pod-sandbox', `cannot make the pod's namespaces${said === '' ? '' : `: ${said}`}`, {
        cause,
      });
    }
  }

  get identity(): ProcessIdentity {
    const pid = this.#holder.pid ?? 0;
    return identify(pid) ?? { pid, startTicks: 0 };
  }

  /** Ends whatever still runs in the pod. */
  async close(): Promise<void> {
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) {
      const gone = once(this.#holder, 'exit');
      this.#holder.kill('SIGKILL');
      await gone;
    }
    await this.#hub.detach(this.address);
  }
}

/** `unshare` forks once its namespaces are there; only then there is something to attach. */
async function pidOne(holder: ChildProcess): Promise<number> {
  const end = performance.now() + 5_000;
  while (holder.pid !== undefined && holder.exitCode === null && performance.now() < end) {
    const pid = firstChild(holder.pid);
    if (pid !== undefined) return pid;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new MeshError('pod-sandbox', 'no process appeared in the new namespaces');
}
