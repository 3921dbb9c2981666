// The two proxies that take the same xDS: a real Envoy, and the embedded one in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvoyProcess } from '../kit/envoy-process.ts';

export interface ProxyUnderTest {
  readonly log: () => string;
  /** What its admin endpoint answers. */
  admin(path: string): Promise<string>;
  close(): Promise<void>;
}

export type ProxyKind = 'envoy' | 'embedded';

/** Text that is exchanged in a source file, in the memory of the embedded proxy's process. */
export interface SourceFault {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export function startProxy(kind: ProxyKind, xdsSocket: string, fault?: SourceFault): ProxyUnderTest {
  return kind === 'envoy' ? startEnvoy(xdsSocket) : new EmbeddedProcess(xdsSocket, fault);
}

const nodeId = 'sidecar~127.0.0.1~conformance.default~default.svc.cluster.local';

function startEnvoy(xdsSocket: string): ProxyUnderTest {
  const args = ['--file-flush-interval-msec', '20'];
  const envoy = new EnvoyProcess({ protocol: 'delta', xdsSocket, nodeId, args });
  return { log: () => envoy.log, admin: (path) => envoy.admin(path), close: () => envoy.close() };
}

class EmbeddedProcess implements ProxyUnderTest {
  readonly #child: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'heddle-embedded-'));
  /** Below the ephemeral ones, and where no case listens: those have other addresses. */
  readonly #adminPort = 10_000 + Math.floor(Math.random() * 9000);
  #log = '';

  constructor(xdsSocket: string, fault: SourceFault | undefined) {
    const main = join(import.meta.dirname, 'embedded-main.ts');
    const options = JSON.stringify({
      xdsAddress: `unix:${xdsSocket}`,
      dataFolder: this.#folder,
      nodeId,
      adminPort: this.#adminPort,
      fault,
    });
    this.#child = spawn(process.execPath, [main, options], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-100_000)));
    }
  }

  readonly log = (): string => {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null ? this.#log : `${this.#log}\nended: ${exitCode ?? signalCode}`;
  };

  async admin(path: string): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#adminPort}${path}`)).text();
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
