// A mesh of `heddle up` for tests: started as a user would, in a state folder of its own, and ended completely.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Pod } from '../../src/lib/kubernetes.ts';
import { MeshApi } from './api.ts';

export const checkout = resolve(import.meta.dirname, '../..');
const heddle = join(checkout, 'bin/heddle.js');
const rejectedText =
  "fetch('http://127.0.0.1:15000/stats?filter=update_rejected').then((r) => r.text()).then((t) => console.log(t))";

export interface MeshOptions {
  /** What follows `heddle up`. `--state` is added. */
  readonly args: readonly string[];
  readonly state?: string;
  readonly readyTimeoutMs?: number;
}

export class Mesh {
  readonly state: string;
  readonly process: ChildProcess;
  readonly #chunks: string[] = [];
  readonly #ownsState: boolean;
  #api: MeshApi | undefined;
  #ready = false;

  private constructor(options: MeshOptions) {
    this.#ownsState = options.state === undefined;
    this.state = options.state ?? mkdtempSync(join(tmpdir(), 'heddle-test-'));
    this.process = spawn(process.execPath, [heddle, 'up', '--state', this.state, ...options.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: checkout,
    });
    const keep = (chunk: Buffer): void => void this.#chunks.push(chunk.toString('utf8'));
    this.process.stdout!.on('data', keep);
    this.process.stderr!.on('data', keep);
  }

  /** Resolves when `heddle up` says that the mesh is ready; rejects with its output when it ends or takes too long. */
  static async start(options: MeshOptions): Promise<Mesh> {
    const mesh = new Mesh(options);
    const limit = AbortSignal.timeout(options.readyTimeoutMs ?? 90_000);
    while (!/^The mesh is ready/m.test(mesh.output)) {
      if (mesh.process.exitCode !== null || mesh.process.signalCode !== null)
        throw new Error(`heddle up ended:\n${mesh.output}`);
      if (limit.aborted) {
        await mesh.stop();
        throw new Error(`heddle up was not ready in time:\n${mesh.output}`);
      }
      await new Promise((wake) => setTimeout(wake, 25));
    }
    mesh.#ready = true;
    return mesh;
  }

  get output(): string {
    return this.#chunks.join('');
  }

  get api(): MeshApi {
    this.#api ??= new MeshApi(this.state);
    return this.#api;
  }

  /** A long-running command in a pod: `exec('shop/frontend-...', ['node', ...])`. */
  exec(pod: string, command: readonly string[], options: readonly string[] = []): ChildProcess {
    return spawn(process.execPath, [heddle, 'exec', '--state', this.state, ...options, pod, '--', ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Runs a command of the CLI to its end. */
  async heddle(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const child = spawn(process.execPath, [heddle, ...args.slice(0, 1), '--state', this.state, ...args.slice(1)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, stdout, stderr };
  }

  /** What the proxies of all pods count under `update_rejected`, by pod; only those that are not 0. */
  async rejectedUpdates(): Promise<string[]> {
    const pods = (await this.api.list('v1', 'Pod')) as Pod[];
    const withProxy = pods.filter(({ spec }) =>
      [...(spec.initContainers ?? []), ...spec.containers].some(({ name }) => name === 'istio-proxy'),
    );
    const found = withProxy.map(async ({ metadata }) => {
      const child = this.exec(`${metadata.namespace}/${metadata.name}`, ['node', '-e', rejectedText]);
      let text = '';
      child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await once(child, 'close');
      const counters = text.split('\n').filter((line) => /update_rejected: \d/.test(line));
      if (counters.length === 0) return [`${metadata.name}: no counter of rejected updates`];
      return counters.filter((line) => !line.endsWith(': 0')).map((line) => `${metadata.name}: ${line}`);
    });
    return (await Promise.all(found)).flat();
  }

  /** Ends the mesh as a user would, and fails if any proxy refused any update while it ran. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const rejected = this.#ready ? await this.rejectedUpdates() : [];
      await this.#end(signal);
      assert.deepEqual(rejected, [], 'a proxy refused an update');
    }
    if (this.#ownsState) rmSync(this.state, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }
}
