// Backends with parsers that others wrote: what they take for a request is what a proxy must have meant. Node's, and Python's.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ParsedRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  /** Latin1. */
  readonly body: string;
}

export interface ParsingBackend {
  readonly name: string;
  readonly port: number;
  /** Complete requests, in the order in which they ended. */
  readonly requests: ParsedRequest[];
  close(): Promise<void>;
}

/** All since the last call, up to the one with this path, which is left out. */
export async function takeUntil(backend: ParsingBackend, path: string): Promise<ParsedRequest[]> {
  const end = Date.now() + 3000;
  while (Date.now() < end) {
    const at = backend.requests.findIndex((each) => each.path === path);
    if (at >= 0) return backend.requests.splice(0, at + 1).slice(0, -1);
    await sleep(2);
  }
  throw new Error(`${backend.name} did not see ${path}, but ${JSON.stringify(backend.requests)}`);
}

export class NodeBackend implements ParsingBackend {
  readonly name = 'node:http';
  readonly requests: ParsedRequest[] = [];
  readonly #server: Server = createServer({ insecureHTTPParser: false }, (request, response) => {
    void this.#answer(request, response);
  });

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The proxy broke the request off.
      return;
    }
    const { method = '', url = '', headers } = request;
    const body = Buffer.concat(chunks).toString('latin1');
    this.requests.push({ method, path: url, host: headers.host ?? '', body });
    response.end(`${method} ${url}`);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export class PythonBackend implements ParsingBackend {
  readonly name = 'http.server of Python';
  readonly requests: ParsedRequest[] = [];
  readonly #child: ChildProcess;
  #port = 0;

  constructor() {
    this.#child = spawn('python3', ['-u', join(import.meta.dirname, 'python-backend.py')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  /** Its first line is its port, each further one a request. */
  async start(): Promise<this> {
    const lines = createInterface({ input: this.#child.stdout! });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        if (this.#port !== 0) this.requests.push(JSON.parse(line) as ParsedRequest);
        else {
          this.#port = Number(line);
          resolve();
        }
      });
      this.#child.once('error', reject);
      this.#child.once('exit', () => reject(new Error('the Python backend ended')));
    });
    return this;
  }

  get port(): number {
    return this.#port;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await ended;
  }
}
