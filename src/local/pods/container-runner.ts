// One container's life: started, probed, restarted with back-off, stopped; what happens inside shows as its state.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, Probe } from '../../lib/kubernetes.ts';
import { describeError } from '../../lib/mesh-error.ts';
import type { ProbeOutcome } from '../network/hub-messages.ts';
import type { ContainerExit, ContainerLaunch, ContainerProcess } from './container-process.ts';
import { runProbeLoop } from './probe-loop.ts';

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly startedAt: Date }
  | { readonly kind: 'terminated'; readonly exit: ContainerExit };

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

export interface ContainerRunnerOptions {
  readonly container: Container;
  readonly policy: RestartPolicy;
  /** Resolved anew at each start: ConfigMaps may have changed. Throws when something it needs is not there. */
  readonly launch: () => ContainerLaunch;
  readonly start: (launch: ContainerLaunch) => ContainerProcess;
  readonly probe: (probe: Probe, process: ContainerProcess, timeoutMs: number) => Promise<ProbeOutcome>;
  /** Runs a life-cycle hook's command in the container. */
  readonly execute: (command: readonly string[], process: ContainerProcess) => Promise<ProbeOutcome>;
  readonly onChange: () => void;
  readonly report: (line: string) => void;
}

interface WatchedProbe {
  readonly probe: Probe;
  readonly eager: boolean;
  readonly onVerdict: (outcome: ProbeOutcome) => void;
}

type WatchProbe = (watched: WatchedProbe, until: AbortSignal) => Promise<void>;

const firstBackOffMs = 10_000;
const longestBackOffMs = 300_000;
/** Who ran so long is forgiven its earlier crashes. */
const forgivenAfterMs = 600_000;
const configRetryMs = 1_000;

export class ContainerRunner {
  readonly #options: ContainerRunnerOptions;
  readonly #stopping = new AbortController();
  readonly #started = Promise.withResolvers<void>();
  #process: ContainerProcess | undefined;
  #done: Promise<ContainerExit | undefined> | undefined;
  #backOffMs = 0;
  state: ContainerState = { kind: 'waiting', reason: 'PodInitializing' };
  lastExit: ContainerExit | undefined;
  restartCount = 0;
  started = false;
  ready = false;
  /** What the last failed probe said. */
  complaint = '';

  constructor(options: ContainerRunnerOptions) {
    this.#options = options;
  }

  get container(): Container {
    return this.#options.container;
  }

  get process(): ContainerProcess | undefined {
    return this.#process;
  }

  /** Resolves when the container has ended for good, with its exit; `undefined` when it never ran. */
  run(): Promise<ContainerExit | undefined> {
    this.#done ??= this.#loop();
    return this.#done;
  }

  /** Resolves once the startup probe (if any) has succeeded for the first time. */
  whenStarted(): Promise<void> {
    return this.#started.promise;
  }

  /** Hook, SIGTERM, and after `graceMs` SIGKILL. */
  async stop(graceMs: number): Promise<void> {
    const stopped = this.#stopping.signal.aborted;
    this.#stopping.abort();
    this.ready = false;
    const process = this.#process;
    if (process === undefined || this.state.kind !== 'running') return void (await this.#done);
    const killer = setTimeout(() => process.kill(), graceMs);
    if (!stopped) await this.#preStop(process, graceMs);
    process.signal(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    await process.exited;
    clearTimeout(killer);
    await this.#done;
  }

  kill(): void {
    this.#stopping.abort();
    this.#process?.kill();
  }

  async #loop(): Promise<ContainerExit | undefined> {
    const { signal } = this.#stopping;
    let exit: ContainerExit | undefined;
    while (!signal.aborted) {
      const process = await this.#launch();
      if (process === undefined) break;
      exit = await this.#follow(process);
      if (signal.aborted || !this.#restarts(exit)) break;
      this.restartCount += 1;
      await this.#backOff(exit);
    }
    return exit;
  }

  /** Tries until it has what it needs; `undefined` when it was told to stop before. */
  async #launch(): Promise<ContainerProcess | undefined> {
    const { container, launch, start, report } = this.#options;
    const { signal } = this.#stopping;
    const failures: string[] = [];
    while (!signal.aborted) {
      try {
        this.#process = start(launch());
        this.#set({ kind: 'running', startedAt: this.#process.startedAt });
        return this.#process;
      } catch (error) {
        const message = describeError(error);
        this.#set({ kind: 'waiting', reason: 'CreateContainerConfigError', message });
        // Once, and not for what only comes a moment later, such as a ConfigMap from the same file.
        if (failures.push(message) === 2) report(`container ${container.name} waits: ${message}`);
        await sleep(configRetryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  async #follow(process: ContainerProcess): Promise<ContainerExit> {
    const watching = new AbortController();
    void this.#watchHealth(process, watching.signal);
    const exit = await process.exited;
    watching.abort();
    this.lastExit = exit;
    this.started = false;
    this.ready = false;
    this.#set({ kind: 'terminated', exit });
    return exit;
  }

  /** Startup first; liveness and readiness only afterwards. */
  async #watchHealth(process: ContainerProcess, signal: AbortSignal): Promise<void> {
    const { container, probe, execute, report } = this.#options;
    const hook = container.lifecycle?.postStart?.exec?.command;
    if (hook !== undefined) await execute(hook, process);
    const loop: WatchProbe = ({ probe: of, eager, onVerdict }, until) =>
      runProbeLoop({ probe: of, attempt: (ms) => probe(of, process, ms), report: onVerdict, eager }, until);
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const fail = (what: string) => (outcome: ProbeOutcome) => {
      if (outcome.ok || signal.aborted) return;
      report(`container ${container.name}: ${what} probe failed, restarting it: ${outcome.message}`);
      void this.#restart(process);
    };
    if (startupProbe !== undefined) {
      const passed = await this.#startup(loop, startupProbe, fail('startup'), signal);
      if (!passed) return;
    }
    if (signal.aborted) return;
    this.started = true;
    this.ready = readinessProbe === undefined && !this.#stopping.signal.aborted;
    this.#started.resolve();
    this.#options.onChange();
    if (livenessProbe !== undefined)
      void loop({ probe: livenessProbe, eager: false, onVerdict: fail('liveness') }, signal);
    if (readinessProbe === undefined) return;
    await loop({ probe: readinessProbe, eager: true, onVerdict: (outcome) => this.#readiness(outcome) }, signal);
  }

  #startup(
    loop: WatchProbe,
    probe: Probe,
    fail: (outcome: ProbeOutcome) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const over = new AbortController();
    return new Promise((resolve) => {
      const end = (passed: boolean): void => {
        over.abort();
        resolve(passed);
      };
      signal.addEventListener('abort', () => end(false), { once: true });
      const onVerdict = (outcome: ProbeOutcome): void => {
        if (!outcome.ok) fail(outcome);
        end(outcome.ok);
      };
      void loop({ probe, eager: true, onVerdict }, over.signal);
    });
  }

  #readiness(outcome: ProbeOutcome): void {
    const ready = outcome.ok && !this.#stopping.signal.aborted;
    this.complaint = outcome.ok ? '' : outcome.message;
    if (ready === this.ready) return;
    this.ready = ready;
    this.#options.onChange();
  }

  async #restart(process: ContainerProcess): Promise<void> {
    const killer = setTimeout(() => process.kill(), 10_000);
    process.signal('SIGTERM');
    await process.exited;
    clearTimeout(killer);
  }

  #restarts(exit: ContainerExit): boolean {
    const { policy } = this.#options;
    return policy === 'Always' || (policy === 'OnFailure' && exit.exitCode !== 0);
  }

  /** At once after the first end, then 10 s and twice as long each time. */
  async #backOff(exit: ContainerExit): Promise<void> {
    const ranMs = exit.finishedAt.getTime() - exit.startedAt.getTime();
    if (ranMs >= forgivenAfterMs) this.#backOffMs = 0;
    const waitMs = this.#backOffMs;
    this.#backOffMs = waitMs === 0 ? firstBackOffMs : Math.min(longestBackOffMs, waitMs * 2);
    if (waitMs === 0) return;
    const message = `back-off ${waitMs / 1000}s restarting failed container=${this.container.name}`;
    this.#set({ kind: 'waiting', reason: 'CrashLoopBackOff', message });
    this.#options.report(
      `container ${this.container.name} ended with code ${exit.exitCode}; again in ${waitMs / 1000} s`,
    );
    await sleep(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  async #preStop(process: ContainerProcess, graceMs: number): Promise<void> {
    const hook = this.container.lifecycle?.preStop;
    const seconds = hook?.sleep?.seconds ?? 0;
    const limit = AbortSignal.timeout(Math.ceil(graceMs));
    if (seconds > 0) await sleep(seconds * 1000, undefined, { signal: limit }).catch(() => undefined);
    if (hook?.exec !== undefined)
      await Promise.race([this.#options.execute(hook.exec.command, process), process.exited]);
  }

  #set(state: ContainerState): void {
    this.state = state;
    this.#options.onChange();
  }
}
