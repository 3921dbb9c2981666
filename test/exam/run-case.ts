// Runs one case on the bench: applies its configuration, sends its steps, compares, and takes the configuration away again.
import { randomUUID } from 'node:crypto';
import type { KubernetesObject } from '../../src/lib/kubernetes.ts';
import type { Bench } from './bench.ts';
import type { Admission, Case, Step } from './case.ts';
import { differences, hitDifference } from './compare.ts';

const mirrorSettleMs = 150;
/** A listener that waits for its routes is acknowledged before it takes traffic; this is what remains after the last ACK. */
const settleMs = 40;

const sleep = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

const messageOf = (body: KubernetesObject): string =>
  typeof body['message'] === 'string' ? body['message'] : JSON.stringify(body);

async function waitUntilInForce(bench: Bench): Promise<void> {
  const { body } = await bench.mesh.api.call<{ metadata: { resourceVersion: string } }>(
    'GET',
    '/api/v1/namespaces?limit=1',
  );
  await bench.mesh.api.settled(body.metadata.resourceVersion);
  await sleep(settleMs);
}

async function takeAway(bench: Bench, documents: readonly KubernetesObject[]): Promise<void> {
  for (const document of documents.toReversed()) await bench.mesh.api.remove(document);
}

async function runStep(bench: Bench, step: Step): Promise<string[]> {
  if (step.wait !== undefined) await sleep(step.wait);
  const id = randomUUID();
  const outcomes = await bench.client(step.from).send(step, id);
  const expected = step.expect ?? {};
  const found = differences(outcomes, expected);
  if (expected.hits) {
    await sleep(mirrorSettleMs);
    for (const [deployment, wanted] of Object.entries(expected.hits))
      found.push(...hitDifference(deployment, await bench.hits(deployment, id), wanted));
  }
  return found;
}

async function runSteps(bench: Bench, examCase: Case): Promise<string[]> {
  const applied: KubernetesObject[] = [];
  try {
    for (const document of bench.resolve(examCase.config ?? [])) {
      if (applied.length > 0 && examCase.stagger) await sleep(examCase.stagger);
      const { status, body } = await bench.mesh.api.create(document);
      if (status >= 400) return [`${document.kind}/${document.metadata.name} was refused: ${messageOf(body)}`];
      applied.push(document);
    }
    await waitUntilInForce(bench);
    const found: string[] = [];
    for (const [index, step] of bench.resolve(examCase.steps ?? []).entries()) {
      found.push(...(await runStep(bench, step)).map((difference) => `step ${index + 1}: ${difference}`));
    }
    return found;
  } finally {
    await takeAway(bench, applied);
  }
}

function admissionDifferences(expected: Admission, status: number, message: string): string[] {
  const refused = status >= 400;
  if (refused !== (expected.verdict === 'refused')) {
    return [`${expected.resource}: expected ${expected.verdict}, got ${refused ? `refused: ${message}` : 'accepted'}`];
  }
  if (!refused || expected.by === undefined) return [];
  const by = message.includes('admission webhook') ? 'validation' : 'schema';
  return by === expected.by
    ? []
    : [`${expected.resource}: expected a refusal by ${expected.by}, got one by ${by}: ${message}`];
}

async function runAdmission(bench: Bench, examCase: Case): Promise<string[]> {
  const applied: KubernetesObject[] = [];
  const found: string[] = [];
  const documents = bench.resolve(examCase.config ?? []);
  const verdicts = examCase.admission ?? [];
  try {
    for (const document of documents) {
      const { status, body } = await bench.mesh.api.create(document);
      if (status < 400) applied.push(document);
      const expected = verdicts.find(({ resource }) => resource === `${document.kind}/${document.metadata.name}`);
      const verdict = documents.length === verdicts.length ? verdicts[documents.indexOf(document)] : expected;
      if (verdict) found.push(...admissionDifferences(verdict, status, messageOf(body)));
      else if (status >= 400)
        found.push(`${document.kind}/${document.metadata.name}: refused unexpectedly: ${messageOf(body)}`);
    }
    return found;
  } finally {
    await takeAway(bench, applied);
  }
}

/** The differences between Heddle and what was measured; empty when they are equal. */
export async function runCase(bench: Bench, examCase: Case): Promise<string[]> {
  try {
    return await (examCase.admission ? runAdmission(bench, examCase) : runSteps(bench, examCase));
  } catch (error) {
    return [`the case could not be run: ${error instanceof Error ? error.message : String(error)}`];
  }
}
