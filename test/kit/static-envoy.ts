// A real Envoy with a configuration that does not change: listeners on Unix sockets in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyPath } from '../../scripts/envoy-peer.ts';

export class StaticEnvoy {
  /** For its sockets; short enough for their paths. */
  readonly folder = mkdtempSync(join(tmpdir(), 'heddle-static-'));
  #child: ChildProcess | undefined;
  #log = '';

  get log(): string {
    return this.#log;
  }

  /** `resources` are Envoy's `static_resources`, as JSON. Waits until `socket` takes connections. */
  async start(resources: unknown, socket: string): Promise<void> {
    const file = join(this.folder, 'bootstrap.json');
    writeFileSync(file, JSON.stringify({ node: { id: 'test', cluster: 'test' }, static_resources: resources }));
    const path = existsSync(envoyPath()) ? envoyPath() : 'envoy';
    const child = spawn(path, ['-c', file, '--use-dynamic-base-id', '--concurrency', '1', '-l', 'warning'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-20_000)));
    const end = Date.now() + 20_000;
    while (!(await takesConnections(socket))) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`Envoy does not start:\n${this.#log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.kill('SIGKILL')) await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function takesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
