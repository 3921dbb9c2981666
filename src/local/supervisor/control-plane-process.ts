// The control plane as a child: started, kept alive, its log joined. It may die at any time without harming a pod.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify } from '../process/process-identity.ts';
import type { ProcessIdentity } from '../process/process-identity.ts';
import { systemTools } from '../process/system-tools.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { heddleProgram } from './checkout-folder.ts';

const firstDelayMs = 100;
const longestDelayMs = 10_000;
/** Who ran so long starts again without delay. */
const stableMs = 30_000;

export interface ControlPlaneProcessOptions {
  readonly state: StateFolder;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly report: (line: string) => void;
  /** A new child: its number is worth remembering. */
  readonly onStart: () => void;
}

export class ControlPlaneProcess {
  readonly #options: ControlPlaneProcessOptions;
  #child: ChildProcess | undefined;
  #delayMs = firstDelayMs;
  #closed = false;

  constructor(options: ControlPlaneProcessOptions) {
    this.#options = options;
  }

  get identity(): ProcessIdentity | undefined {
    return this.#child?.pid === undefined ? undefined : identify(this.#child.pid);
  }

  get logFile(): string {
    return join(this.#options.state.logs, 'control-plane.log');
  }

  start(): void {
    const { kubeconfig, xdsSocket, controlSocket } = this.#options.state;
    const { setpriv } = systemTools();
    const flags = ['--kubeconfig', kubeconfig, '--xds-socket', xdsSocket, '--monitoring', controlSocket];
    const args = ['--pdeathsig', 'KILL', '--', process.execPath, heddleProgram, 'control-plane', ...flags];
    rmSync(controlSocket, { force: true });
    const log = openSync(this.logFile, 'a', 0o644);
    const child = spawn(setpriv, args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#child = child;
    const startedAt = performance.now();
    child.on('error', (error) => this.#options.report(`the control plane could not be started: ${error.message}`));
    child.on('exit', (code, signal) => this.#ended(code ?? signal ?? 'nothing', performance.now() - startedAt));
    void this.#shareSocket(child);
    this.#options.onStart();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 1_000);
    await gone;
    clearTimeout(killer);
  }

  /** The monitoring socket belongs to root; who called `sudo heddle up` may use it too. */
  async #shareSocket(child: ChildProcess): Promise<void> {
    const { owner, state } = this.#options;
    while (owner.uid !== 0 && child.exitCode === null && !this.#closed) {
      if (existsSync(state.controlSocket)) return chownSync(state.controlSocket, owner.uid, owner.gid);
      await sleep(100);
    }
  }

  #ended(how: number | string, ranMs: number): void {
    if (this.#closed) return;
    if (ranMs >= stableMs) this.#delayMs = firstDelayMs;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(longestDelayMs, delayMs * 2);
    this.#options.report(`the control plane ended with ${how}; starting it again (its log: ${this.logFile})`);
    setTimeout(() => {
      if (!this.#closed) this.start();
    }, delayMs);
  }
}
