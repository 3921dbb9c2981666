// A steady load on the mesh, sent from inside a pod, with every answer kept.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Mesh } from './mesh.ts';

const text = readFileSync(resolve(import.meta.dirname, 'load.js'), 'utf8');

export interface Answer {
  /** Start of the request, ms since the epoch. */
  readonly at: number;
  readonly ms: number;
  readonly status?: number;
  readonly error?: string;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: string;
}

export interface LoadOptions {
  readonly pod: string;
  readonly url: string;
  readonly perSecond: number;
  readonly headers?: readonly string[];
}

export class Load {
  readonly answers: Answer[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #log = '';

  constructor(mesh: Mesh, options: LoadOptions) {
    const args = [options.url, String(options.perSecond), (options.headers ?? []).join(',')];
    this.#child = mesh.exec(options.pod, ['node', '--input-type=module', '-e', text, '--', ...args]);
    this.#exit = once(this.#child, 'close');
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.answers.push(JSON.parse(line) as Answer));
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  /** Waits for an answer that fits, among those whose request started after `sinceMs`. */
  async until(fits: (answer: Answer) => boolean, sinceMs: number, timeoutMs = 10_000): Promise<Answer> {
    const limit = Date.now() + timeoutMs;
    for (let seen = 0; ; ) {
      for (; seen < this.answers.length; seen++) {
        const answer = this.answers[seen]!;
        if (answer.at >= sinceMs && fits(answer)) return answer;
      }
      if (Date.now() > limit)
        throw new Error(
          `no such answer within ${timeoutMs} ms; ${this.answers.length} answers, last ${JSON.stringify(this.answers.at(-1))} ${this.#log}`,
        );
      await new Promise((wake) => setTimeout(wake, 2));
    }
  }

  async stop(): Promise<readonly Answer[]> {
    this.#child.stdin!.end();
    await this.#exit;
    return this.answers;
  }

  get failures(): readonly Answer[] {
    return this.answers.filter(({ error, status }) => error !== undefined || status !== 200);
  }
}
