// A mesh whose sidecars are measured: pods with the embedded sidecar, the same with Envoy, and one without any.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Pod } from '../../src/lib/kubernetes.ts';
import { checkout, Mesh } from './mesh.ts';
import { podProcesses, trafficProcess } from './pod-process.ts';

/** `called` has an embedded sidecar, too. */
export type LimitsPod = 'embedded' | 'envoy' | 'called' | 'plain';
export type ClientMode = 'upload' | 'download' | 'pace' | 'flood' | 'hold' | 'slow';

export interface ClientOptions {
  readonly from: LimitsPod;
  readonly mode: ClientMode;
  readonly host: string;
  readonly number: number;
  /** How many windows `pace` measures. */
  readonly windows?: number;
}

export class LimitsWorld {
  readonly mesh: Mesh;
  readonly #folder: string;
  readonly #pods: ReadonlyMap<string, Pod>;
  readonly #proxies: ReadonlyMap<string, number>;

  private constructor(
    mesh: Mesh,
    folder: string,
    pods: ReadonlyMap<string, Pod>,
    proxies: ReadonlyMap<string, number>,
  ) {
    this.mesh = mesh;
    this.#folder = folder;
    this.#pods = pods;
    this.#proxies = proxies;
  }

  static async start(): Promise<LimitsWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-limits-'));
    const images = join(folder, 'images.yaml');
    const backend = `test/limits: {workdir: ${JSON.stringify(import.meta.dirname)}, command: [node, limits-backend.js]}\n`;
    writeFileSync(images, backend);
    const manifest = join(checkout, 'test/e2e/testdata/limits.yaml');
    const mesh = await Mesh.start({ args: ['--images', images, '--no-gateway', '--publish', 'none', manifest] });
    const pods = new Map<string, Pod>();
    const proxies = new Map<string, number>();
    for (const pod of (await mesh.api.list('v1', 'Pod', 'default')) as Pod[]) {
      const kind = pod.metadata.name.split('-')[1]!;
      pods.set(kind, pod);
      const processes = await podProcesses(mesh, `default/${pod.metadata.name}`);
      const proxy = trafficProcess(processes);
      if (proxy !== undefined) proxies.set(kind, proxy.pid);
    }
    return new LimitsWorld(mesh, folder, pods, proxies);
  }

  /** The process that carries the traffic: Envoy itself, or the embedded sidecar's only one. */
  proxy(kind: LimitsPod): number {
    return this.#proxies.get(kind)!;
  }

  address(kind: LimitsPod): string {
    return this.#pods.get(kind)!.status!.podIP!;
  }

  /** Runs a client to its end and gives what it printed. */
  async run<Result>(options: ClientOptions): Promise<Result> {
    const client = this.#client(options);
    const result = (await client.next()) as Result;
    await client.end();
    return result;
  }

  /** Connections that stay until `end`, which gives how many were still open. */
  async hold(options: ClientOptions): Promise<{ open: number; end(): Promise<number> }> {
    const client = this.#client(options);
    const { open } = (await client.next()) as { open: number };
    const end = async (): Promise<number> => {
      client.finish();
      const last = (await client.next()) as { open: number };
      await client.end();
      return last.open;
    };
    return { open, end };
  }

  #client({ from, mode, host, number, windows = 5 }: ClientOptions): Client {
    const pod = `default/${this.#pods.get(from)!.metadata.name}`;
    // In the image's folder, as the backend: a pod need not see the checkout.
    return new Client(this.mesh.exec(pod, ['node', 'limits-client.js', mode, host, String(number), String(windows)]));
  }

  async stop(): Promise<void> {
    await this.mesh.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class Client {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  #log = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close');
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    child.stderr!.on('data', (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-4000)));
  }

  async next(): Promise<unknown> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error(`the client ended: ${this.#log}`);
    return JSON.parse(value);
  }

  finish(): void {
    this.#child.stdin!.end();
  }

  async end(): Promise<void> {
    this.finish();
    await this.#closed;
  }
}

/** Resident bytes, cheap enough to ask often. */
export function residentNow(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
}

/** The most that a process has resident while something runs, looked at every 20 ms. */
export async function peakWhile<Result>(pid: number, run: () => Promise<Result>): Promise<[Result, number]> {
  let peak = residentNow(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentNow(pid))), 20);
  try {
    return [await run(), peak];
  } finally {
    clearInterval(timer);
  }
}
