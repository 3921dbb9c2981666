// One run of a container: a process in the pod's namespaces, with its user, environment, folder and volumes.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, fchmodSync, fchownSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { firstChild, sendSignal } from '../process/process-identity.ts';
import { shellQuote } from '../process/shell-quote.ts';
import { systemTools } from '../process/system-tools.ts';
import { carryEnvironment } from './carried-environment.ts';
import { containerRootLines } from './container-root.ts';
import type { ContainerRoot } from './container-root.ts';
import { setprivArguments } from './container-user.ts';
import type { ContainerUser } from './container-user.ts';

export interface ContainerLaunch {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly user: ContainerUser;
  /** Without one the command runs in the file system of the process that it is started beside. */
  readonly root?: ContainerRoot;
  /** Nowhere without one. */
  readonly logFile?: string;
}

export interface ContainerExit {
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** Of a pod, as nsenter(1) names them. */
export const podNamespaces = ['--mount', '--uts', '--ipc', '--net', '--pid'];

/** Signal numbers as a shell reports them in an exit code: 128 and the number. */
const signalNumbers: Partial<Record<NodeJS.Signals, number>> = { SIGKILL: 9, SIGTERM: 15, SIGSEGV: 11, SIGABRT: 6 };

export class ContainerProcess {
  readonly #child: ChildProcess;
  readonly startedAt = new Date();
  readonly user: ContainerUser;
  /** Never rejects: a container that could not even start has ended with code 128. */
  readonly exited: Promise<ContainerExit>;
  #main: number | undefined;

  private constructor(child: ChildProcess, user: ContainerUser) {
    this.#child = child;
    this.user = user;
    this.exited = new Promise((resolve) => {
      const end = (exitCode: number, signal?: NodeJS.Signals): void => {
        const times = { startedAt: this.startedAt, finishedAt: new Date() };
        this.#killGroup();
        resolve({ exitCode, ...(signal === undefined ? {} : { signal }), ...times });
      };
      child.on('error', () => end(128));
      child.on('exit', (code, signal) => {
        if (signal === null) end(code ?? 128);
        else end(128 + (signalNumbers[signal] ?? 0), signal);
      });
    });
  }

  /**
   * `insideOf` is a process of the pod: its PID 1, or that of a container to share its volumes.
   * The log is a plain file: it needs no reader, and `/dev/stdout` can be opened by name, as Envoy does.
   */
  static start(insideOf: number, launch: ContainerLaunch): ContainerProcess {
    const log = launch.logFile === undefined ? undefined : openLog(launch.logFile, launch.user);
    try {
      const [command, args, env] = enterCommand(insideOf, launch);
      const output = log ?? 'ignore';
      const child = spawn(command, args, { stdio: ['ignore', output, output], detached: true, env });
      return new ContainerProcess(child, launch.user);
    } finally {
      if (log !== undefined) closeSync(log);
    }
  }

  /** The process on the host whose only child is the container's first process. */
  get entryPid(): number {
    return this.#child.pid ?? 0;
  }

  /** The container's first process as the host counts; 0 when it is not there yet or no more. */
  get pid(): number {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return 0;
    this.#main ??= firstChild(this.#child.pid);
    return this.#main ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.pid > 0) sendSignal(this.pid, signal);
    else this.#child.kill(signal);
  }

  kill(): void {
    if (this.pid > 0) sendSignal(this.pid, 'SIGKILL');
    this.#killGroup();
  }

  /** What the main process left behind: it was started as leader of a session of its own. */
  #killGroup(): void {
    if (this.#child.pid !== undefined) sendSignal(-this.#child.pid, 'SIGKILL');
  }
}

function openLog(file: string, user: ContainerUser): number {
  mkdirSync(dirname(file), { recursive: true });
  const log = openSync(file, 'a', 0o644);
  fchownSync(log, user.uid, user.gid);
  fchmodSync(log, 0o644);
  return log;
}

function enterCommand(podPid: number, launch: ContainerLaunch): [string, string[], Readonly<Record<string, string>>] {
  const { nsenter, unshare, sh } = systemTools();
  const own = launch.root === undefined ? [] : [unshare, '--mount', '--'];
  const { carriers, words } = carryEnvironment(Object.entries(launch.env).map(([name, value]) => `${name}=${value}`));
  const script = [sh, '-c', launchScript(launch, words), 'container', ...launch.command];
  return [nsenter, ['--target', String(podPid), ...podNamespaces, '--', ...own, ...script], carriers];
}

function launchScript({ root, folder, user }: ContainerLaunch, environment: string): string {
  const { mkdir, setpriv, env } = systemTools();
  return [
    'set -e',
    ...(root === undefined ? [] : containerRootLines(root)),
    `[ -d ${shellQuote(folder)} ] || ${mkdir} -p ${shellQuote(folder)}`,
    `cd ${shellQuote(folder)}`,
    `exec ${setpriv} ${setprivArguments(user).join(' ')} ${env} -i ${environment} "$@"`,
  ].join('\n');
}
