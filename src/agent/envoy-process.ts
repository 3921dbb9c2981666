// One Envoy for as long as the agent runs: starts it, starts it again when it dies, and ends it.
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../lib/backoff.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Having run so long, it did not fail at starting: the next restart comes at once again. */
const steadyMs = 30_000;

export interface EnvoyProcessOptions {
  readonly binary: string;
  readonly arguments: readonly string[];
  readonly log: Logger;
  /** Standard output and error of Envoy; both are the agent's own when absent. */
  readonly stdio?: StdioOptions;
  readonly backoff?: Backoff;
}

type State =
  | { readonly is: 'idle' }
  | { readonly is: 'running'; readonly child: ChildProcess; readonly exited: Promise<string> }
  | { readonly is: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly is: 'stopped' };

export class EnvoyProcess {
  readonly #options: EnvoyProcessOptions;
  readonly #backoff: Backoff;
  #state: State = { is: 'idle' };
  #restarts = 0;

  constructor(options: EnvoyProcessOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff({ firstMs: 100, maxMs: 10_000 });
  }

  get pid(): number | undefined {
    return this.#state.is === 'running' ? this.#state.child.pid : undefined;
  }

  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    if (this.#state.is === 'stopped') return;
    const { binary, stdio = ['ignore', 'inherit', 'inherit'], log } = this.#options;
    const startedAt = performance.now();
    const child = spawn(binary, [...this.#options.arguments], { stdio });
    const exited = howItEnded(child);
    this.#state = { is: 'running', child, exited };
    log.info('started', { pid: child.pid });
    void exited.then((how) => this.#onExit(how, performance.now() - startedAt));
  }

  #onExit(how: string, ranMs: number): void {
    if (this.#state.is === 'stopped') return;
    if (ranMs >= steadyMs) this.#backoff.reset();
    const waitMs = this.#backoff.nextMs();
    this.#restarts += 1;
    this.#options.log.error('ended by itself, will be started again', { how, waitMs, restarts: this.#restarts });
    this.#state = { is: 'waiting', timer: setTimeout(() => this.start(), waitMs) };
  }

  /** Asks once with SIGTERM, then insists. Resolves when the process is gone; there is no start after it. */
  async stop(patienceMs = 2000): Promise<void> {
    const before = this.#state;
    this.#state = { is: 'stopped' };
    if (before.is === 'waiting') clearTimeout(before.timer);
    if (before.is !== 'running') return;
    before.child.kill('SIGTERM');
    const patience = new AbortController();
    const impatient = sleep(patienceMs, 'late', { signal: patience.signal }).catch(() => 'over');
    if ((await Promise.race([before.exited, impatient])) === 'late') before.child.kill('SIGKILL');
    patience.abort();
    this.#options.log.info('stopped', { how: await before.exited });
  }
}

/** Resolves in every case, also when the program could not be started at all. */
async function howItEnded(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal ?? `exit code ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
