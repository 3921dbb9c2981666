// What the bench measures: a pod of a real mesh whose sidecar carries a request out and in again, as Pilot prints both chains.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Mesh } from '../test/kit/mesh.ts';
import { podProcesses, trafficProcess } from '../test/kit/pod-process.ts';
import { cpuTimeNs } from './cpu-time.ts';

const loadFile = join(import.meta.dirname, 'load.js');
/** The proxy has one core for itself; load, backend and everything else share the other. */
const proxyCore = '1';
const otherCore = '0';

export interface LoadShape {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** Open loop at this rate; 0 is a closed loop. */
  readonly perSecond?: number;
  readonly hostHeader?: string;
}

export interface LoadResult {
  readonly answered: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

export class Subject {
  readonly name: string;
  /** The process whose CPU time counts. */
  readonly proxyPid: number;
  /** Any process of the pod, to enter its network. */
  readonly #holder: number;

  constructor(name: string, proxyPid: number, holder: number) {
    this.name = name;
    this.proxyPid = proxyPid;
    this.#holder = holder;
    execFileSync('taskset', ['-a', '-c', '-p', proxyCore, String(proxyPid)], { stdio: 'ignore' });
  }

  /** The sidecar of a pod: the Envoy process, or the embedded sidecar's only one. */
  static async ofPod(mesh: Mesh, name: string, pod: string): Promise<Subject> {
    const processes = await podProcesses(mesh, pod);
    const proxy = trafficProcess(processes);
    if (proxy === undefined) throw new Error(`${pod} has no proxy: ${JSON.stringify(processes)}`);
    for (const { pid } of processes)
      if (pid !== proxy.pid) execFileSync('taskset', ['-a', '-c', '-p', otherCore, String(pid)], { stdio: 'ignore' });
    return new Subject(name, proxy.pid, processes[0]!.pid);
  }

  /** Starts a command in the pod's network, on the core that is not the proxy's. */
  spawn(command: readonly string[], uid = 65_534): ReturnType<typeof spawn> {
    const args = [
      '-c',
      otherCore,
      'nsenter',
      '-t',
      String(this.#holder),
      '-n',
      'setpriv',
      `--reuid=${uid}`,
      `--regid=${uid}`,
      '--clear-groups',
      ...command,
    ];
    return spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async load(shape: LoadShape): Promise<LoadResult> {
    const args = [
      shape.host,
      shape.port,
      shape.path,
      shape.connections,
      shape.seconds,
      shape.perSecond ?? 0,
      shape.hostHeader ?? shape.host,
    ].map(String);
    const child = this.spawn([process.execPath, loadFile, ...args], 0);
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(child, 'close');
    const result = JSON.parse(text) as LoadResult;
    if (result.failed > 0 || result.answered === 0) throw new Error(`${this.name}: ${text}`);
    return result;
  }

  /** Microseconds of the proxy's CPU for each answered request. */
  async cpuPerRequest(shape: LoadShape): Promise<number> {
    const before = cpuTimeNs(this.proxyPid);
    const { answered } = await this.load(shape);
    return (cpuTimeNs(this.proxyPid) - before) / 1000 / answered;
  }
}
