// A client inside a pod: sends requests from the pod's own network namespace, each on a new connection.
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Step } from '../exam/case.ts';
import type { Outcome } from '../exam/compare.ts';
import type { Mesh } from './mesh.ts';

const clientText = readFileSync(resolve(import.meta.dirname, 'pod-client.js'), 'utf8');

export class PodClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (answer: { results?: Outcome[]; failure?: string }) => void>();
  #log = '';

  constructor(mesh: Mesh, pod: string) {
    this.#child = mesh.exec(pod, ['node', '--input-type=module', '-e', clientText]);
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const answer = JSON.parse(line) as { job: string; results?: Outcome[]; failure?: string };
      this.#waiting.get(answer.job)?.(answer);
      this.#waiting.delete(answer.job);
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-4000)));
    this.#child.on('exit', (code) => {
      for (const answer of this.#waiting.values())
        answer({ failure: `the client in ${pod} ended with ${code}: ${this.#log}` });
      this.#waiting.clear();
    });
  }

  send(step: Pick<Step, 'request' | 'tcp' | 'repeat' | 'parallel'>, id: string = randomUUID()): Promise<Outcome[]> {
    const job = randomUUID();
    return new Promise((resolveResults, reject) => {
      const timer = setTimeout(() => reject(new Error('the client did not answer within 120 s')), 120_000);
      this.#waiting.set(job, ({ results, failure }) => {
        clearTimeout(timer);
        if (results === undefined) reject(new Error(failure));
        else resolveResults(results);
      });
      this.#child.stdin!.write(`${JSON.stringify({ job, id, ...step })}\n`);
    });
  }

  close(): void {
    this.#child.stdin!.end();
    this.#child.kill();
  }
}
