// One pod from its first mount to its last process: namespaces, init containers in order, sidecars, containers, the end.
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Container, Pod } from '../../lib/kubernetes.ts';
import { describeError } from '../../lib/mesh-error.ts';
import { proxyImage } from '../images/image-table.ts';
import { executeInside, probeContainer } from './container-probe.ts';
import { ContainerProcess } from './container-process.ts';
import { ContainerRunner } from './container-runner.ts';
import type { RestartPolicy } from './container-runner.ts';
import type { PodContext } from './pod-context.ts';
import { containerLaunch, sandboxPlan } from './pod-plan.ts';
import { writePodRecord } from './pod-record.ts';
import { PodSandbox } from './pod-sandbox.ts';
import { podStatus } from './pod-status.ts';
import { preparePodVolumes, refreshPodVolumes } from './pod-volumes.ts';
import type { VolumeInputs } from './pod-volumes.ts';

const retryMs = 1_000;
const statusDelayMs = 5;
/** Long enough for the pod's endpoint to be withdrawn before its application hears that it should end. */
const drainMs = 250;
const hookTimeoutMs = 30_000;

/** A gateway that ends with its mesh answers what it has begun, but does not wait for more. */
const lastRequestsMs = 500;

export interface TerminateOptions {
  readonly graceMs: number;
  /** The whole mesh ends: nobody has to be told first. */
  readonly atOnce: boolean;
}

export class PodWorker {
  #pod: Pod;
  readonly #context: PodContext;
  readonly #stopping = new AbortController();
  readonly #startTime = new Date();
  readonly #init: ContainerRunner[];
  readonly #main: ContainerRunner[];
  #address: string | undefined;
  #sandbox: PodSandbox | undefined;
  #initialized = false;
  #ready = false;
  #failure: { reason: string; message: string } | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #life: Promise<void> | undefined;
  #end: Promise<void> | undefined;

  constructor(pod: Pod, context: PodContext) {
    this.#pod = pod;
    this.#context = context;
    const policy = pod.spec.restartPolicy ?? 'Always';
    const ofInit = (container: Container): RestartPolicy => {
      if (container.restartPolicy === 'Always') return 'Always';
      return policy === 'Never' ? 'Never' : 'OnFailure';
    };
    this.#init = (pod.spec.initContainers ?? []).map((each) => this.#runner(each, ofInit(each)));
    this.#main = pod.spec.containers.map((each) => this.#runner(each, policy));
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** As the API has been told. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Empty until it has one. */
  get address(): string {
    return this.#address ?? '';
  }

  /** The container whose log may say why the pod is not ready. */
  get unreadyContainer(): string | undefined {
    const begun = [...this.#init, ...this.#main].filter(({ state }) => state.kind !== 'waiting' || state.message);
    return begun.find(({ ready, lastExit }) => !ready && lastExit?.exitCode !== 0)?.container.name;
  }

  /** What keeps the pod from being ready, in a few words; empty when nothing does. */
  get trouble(): string {
    if (this.#failure !== undefined) return this.#failure.message;
    for (const runner of [...this.#init, ...this.#main]) {
      const { state, lastExit } = runner;
      if (state.kind === 'waiting' && state.message !== undefined) return state.message;
      const failed = lastExit !== undefined && lastExit.exitCode !== 0 && !runner.ready;
      if (failed) return `container ${runner.container.name} ended with code ${lastExit.exitCode}`;
      if (runner.complaint !== '' && !runner.ready) return `${runner.container.name}: ${runner.complaint}`;
    }
    return '';
  }

  start(): void {
    this.#life ??= this.#run().catch((error: unknown) => this.#fail('PodError', describeError(error)));
  }

  /** Labels, annotations and ConfigMaps may change while a pod runs; its files follow. */
  update(pod: Pod): void {
    const before = this.#pod.metadata;
    this.#pod = pod;
    const { labels, annotations } = pod.metadata;
    if (!isDeepStrictEqual([labels, annotations], [before.labels, before.annotations])) this.refresh();
  }

  refresh(): void {
    if (this.#address === undefined || this.#stopping.signal.aborted) return;
    try {
      refreshPodVolumes(this.#volumeInputs(this.#address));
    } catch (error) {
      this.#context.report(this.#pod, describeError(error));
    }
  }

  /** Applications first, then the sidecars that carry their last requests, then whatever is left. */
  terminate(options: TerminateOptions): Promise<void> {
    this.#end ??= this.#terminate(options);
    return this.#end;
  }

  /** Does not wait for anybody. */
  kill(): void {
    this.#stopping.abort();
    for (const runner of [...this.#main, ...this.#init]) runner.kill();
  }

  async #run(): Promise<void> {
    if (!(await this.#makeSandbox())) return;
    for (const runner of this.#init) {
      if (!(await this.#initialize(runner))) return;
    }
    if (this.#stopping.signal.aborted) return;
    this.#initialized = true;
    const ends = this.#main.map((runner) => runner.run());
    this.#changed();
    await Promise.all(ends);
    // A pod whose work is done (a Job's) needs its sidecars no longer.
    if (!this.#stopping.signal.aborted) await this.#stopSidecars(hookTimeoutMs);
  }

  /** Tries until volumes and namespaces are there. False when the pod was ended before. */
  async #makeSandbox(): Promise<boolean> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#address ??= this.#context.addresses.take();
        const volumes = preparePodVolumes(this.#volumeInputs(this.#address));
        const plan = sandboxPlan(this.#pod, volumes, this.#context, this.#address);
        this.#sandbox = await PodSandbox.create(plan, this.#context.hub, this.#address);
        this.#failure = undefined;
        this.#changed();
        return !signal.aborted;
      } catch (error) {
        this.#fail('FailedCreatePodSandBox', describeError(error));
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return false;
  }

  /** False when the pod must not go on. */
  async #initialize(runner: ContainerRunner): Promise<boolean> {
    if (this.#stopping.signal.aborted) return false;
    const stopped = new Promise<'stopped'>((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    });
    if (runner.container.restartPolicy === 'Always') {
      void runner.run();
      return (await Promise.race([runner.whenStarted(), stopped])) !== 'stopped';
    }
    const exit = await runner.run();
    if (exit?.exitCode === 0) return !this.#stopping.signal.aborted;
    if (!this.#stopping.signal.aborted) this.#fail('Init:Error', `init container ${runner.container.name} failed`);
    return false;
  }

  #runner(container: Container, policy: RestartPolicy): ContainerRunner {
    const launch = (): ReturnType<typeof containerLaunch> =>
      containerLaunch(this.#pod, container, this.#context, this.#address ?? '');
    const { helper } = this.#context;
    return new ContainerRunner({
      container,
      policy,
      launch,
      start: (what) => {
        if (this.#sandbox === undefined) throw new Error('the pod has no namespaces');
        return ContainerProcess.start(this.#sandbox.pid, what);
      },
      probe: (probe, process, timeoutMs) =>
        probeContainer(probe, { container, podIP: this.#address ?? '', helper, launch }, process, timeoutMs),
      execute: (command, process) => executeInside(command, launch(), process, hookTimeoutMs),
      onChange: () => this.#changed(),
      report: (line) => this.#context.report(this.#pod, line),
    });
  }

  async #terminate({ graceMs, atOnce }: TerminateOptions): Promise<void> {
    this.#stopping.abort();
    this.#changed();
    const end = performance.now() + graceMs;
    if (!atOnce && this.#initialized) await sleep(drainMs);
    const graceOf = (runner: ContainerRunner): number => (atOnce && isProxy(runner) ? lastRequestsMs : graceMs);
    await Promise.all(this.#main.map((runner) => runner.stop(graceOf(runner))));
    // With the whole mesh nobody is left whose requests a sidecar could carry.
    await this.#stopSidecars(atOnce ? 0 : Math.max(1_000, end - performance.now()));
    // A sandbox that was just being made has to be there before it can be taken down.
    await this.#life;
    clearTimeout(this.#statusTimer);
    await this.#sandbox?.close();
    const { namespace = 'default', name } = this.#pod.metadata;
    rmSync(this.#context.state.podFolder(namespace, name), { recursive: true, force: true });
    if (this.#address !== undefined) this.#context.addresses.release(this.#address);
    this.#context.removed(this.#pod);
  }

  /** Last started, first stopped. */
  async #stopSidecars(graceMs: number): Promise<void> {
    for (const runner of this.#init.toReversed()) await runner.stop(graceMs);
  }

  #volumeInputs(podIP: string): VolumeInputs {
    const { configs, state } = this.#context;
    const { namespace = 'default', name } = this.#pod.metadata;
    const folder = state.podFolder(namespace, name);
    return { pod: this.#pod, podIP, configs, folder, claimsFolder: state.claims, stateFolder: state.path };
  }

  #fail(reason: string, message: string): void {
    if (this.#failure?.message !== message) this.#context.report(this.#pod, message);
    this.#failure = { reason, message };
    this.#changed();
  }

  /** Many things happen at once; the API hears of them together, a moment later. */
  #changed(): void {
    this.#statusTimer ??= setTimeout(() => {
      this.#statusTimer = undefined;
      this.#writeStatus();
    }, statusDelayMs);
  }

  #writeStatus(): void {
    const terminating = this.#stopping.signal.aborted;
    const status = podStatus(this.#pod, {
      podIP: this.#sandbox === undefined ? undefined : this.#address,
      startTime: this.#startTime,
      init: this.#init,
      main: this.#main,
      initialized: this.#initialized,
      terminating,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    });
    this.#context.writeStatus(this.#pod, status);
    if (!terminating) this.#writeRecord();
    this.#ready = status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') === true;
  }

  #writeRecord(): void {
    if (this.#sandbox === undefined) return;
    const { namespace = 'default', name, annotations } = this.#pod.metadata;
    const running = [...this.#main, ...this.#init].flatMap(({ container, state, process }) =>
      state.kind === 'running' && process !== undefined
        ? [{ name: container.name, entryPid: process.entryPid, user: process.user }]
        : [],
    );
    writePodRecord(this.#context.state, {
      namespace,
      name,
      address: this.#sandbox.address,
      holder: this.#sandbox.identity,
      sandboxPid: this.#sandbox.pid,
      defaultContainer: annotations?.['kubectl.kubernetes.io/default-container'] ?? this.#main[0]?.container.name ?? '',
      containers: running,
    });
  }
}

function isProxy({ container }: ContainerRunner): boolean {
  return container.image?.startsWith(proxyImage) === true;
}
