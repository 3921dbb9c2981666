// Runs cases of the exam in the loopback world: those of the outbound side and of the gateway, over HTTP.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { KubernetesObject } from '../../src/lib/kubernetes.ts';
import type { Case, HttpRequest, Step } from '../exam/case.ts';
import { differences, hitDifference, type Outcome } from '../exam/compare.ts';
import type { LoopbackWorld } from './loopback-world.ts';

export class LoopbackExam {
  readonly #world: LoopbackWorld;
  readonly #client: ChildProcess;
  readonly #waiting = new Map<string, (results: Outcome[]) => void>();

  constructor(world: LoopbackWorld) {
    this.#world = world;
    this.#client = spawn(process.execPath, [resolve(import.meta.dirname, 'pod-client.js')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#client.stdout! }).on('line', (line) => {
      const { job, results } = JSON.parse(line) as { job: string; results: Outcome[] };
      this.#waiting.get(job)?.(results ?? [{ error: 'failure', ms: 0 }]);
    });
  }

  /** The differences; undefined for a case that needs more than this world has. */
  async run(examCase: Case): Promise<string[] | undefined> {
    const steps = examCase.steps;
    if (steps === undefined || !steps.every((step) => proxyFor(step) !== undefined)) return undefined;
    const applied: KubernetesObject[] = [];
    try {
      for (const [index, document] of (this.#resolve(examCase.config ?? []) as KubernetesObject[]).entries()) {
        const age = examCase.stagger === undefined ? 0 : index * 2000;
        document.metadata.creationTimestamp = new Date(Date.UTC(2026, 0, 1) + age).toISOString();
        const issues = this.#world.apply(document);
        if (issues.length > 0) return issues;
        applied.push(document);
      }
      const nacks = await this.#world.push();
      if (nacks.length > 0) return nacks;
      const found: string[] = [];
      for (const [index, step] of (this.#resolve(steps) as Step[]).entries()) {
        found.push(...(await this.#runStep(step)).map((difference) => `step ${index + 1}: ${difference}`));
      }
      return found;
    } finally {
      for (const document of applied) this.#world.remove(document);
    }
  }

  close(): void {
    this.#client.kill();
  }

  async #runStep(step: Step): Promise<string[]> {
    if (step.wait !== undefined) await new Promise((wake) => setTimeout(wake, step.wait));
    const proxy = await this.#world.proxyOf(proxyFor(step) ?? step.from);
    const id = randomUUID();
    const request = through(step.request as HttpRequest, proxy);
    const outcomes = await this.#send({ ...step, request }, id);
    const found = differences(outcomes, step.expect ?? {});
    if (step.expect?.hits !== undefined) {
      await new Promise((wake) => setTimeout(wake, 150));
      for (const [deployment, wanted] of Object.entries(step.expect.hits)) {
        found.push(...hitDifference(deployment, await this.#hits(deployment, id), wanted));
      }
    }
    return found;
  }

  #send(step: Step, id: string): Promise<Outcome[]> {
    const job = randomUUID();
    const { request, repeat, parallel } = step;
    return new Promise((done) => {
      this.#waiting.set(job, done);
      this.#client.stdin!.write(`${JSON.stringify({ job, id, request, repeat, parallel })}\n`);
    });
  }

  async #hits(deployment: string, id: string): Promise<number> {
    const pods = this.#world.pods.filter((pod) =>
      [pod.deployment, `${pod.namespace}/${pod.deployment}`].includes(deployment),
    );
    const counts = await Promise.all(
      pods.map(async ({ address }) => {
        const answer = await fetch(`http://${address}:9999/hits?id=${id}`);
        return ((await answer.json()) as { hits: number }).hits;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** `@IP(namespace/deployment)@` and `@VIP(namespace/service)@`. */
  #resolve(value: unknown): unknown {
    const text = JSON.stringify(value)
      .replace(/@IP\(([^)]+)\)@/g, (_all, name: string) => {
        const pod = this.#world.pods.find((each) => `${each.namespace}/${each.deployment}` === name);
        return pod?.address ?? 'unknown';
      })
      .replace(/@VIP\(([^)]+)\)@/g, (_all, name: string) => {
        const service = this.#world.config.model.services.find((each) => `${each.namespace}/${each.name}` === name);
        return service?.addresses[0] ?? 'unknown';
      });
    return JSON.parse(text);
  }
}

/** The proxy that decides: the client's sidecar, or the gateway. undefined for steps over TCP and for clients without a sidecar. */
function proxyFor({ from, request }: Step): string | undefined {
  if (request === undefined) return undefined;
  if (request.url.includes('://istio-ingressgateway.')) return 'istio-ingress/istio-ingressgateway';
  return from.startsWith('legacy/') ? undefined : from;
}

/** The same request, dialled at the proxy: at the port that the client would have dialled. */
function through(request: HttpRequest, proxy: string): HttpRequest {
  const port = request.connect?.split(':').at(-1) ?? /^https?:\/\/[^/?]*?:(\d+)/.exec(request.url)?.[1];
  const fallback = request.url.startsWith('https:') ? '443' : '80';
  return { ...request, connect: `${proxy}:${port ?? fallback}` };
}
