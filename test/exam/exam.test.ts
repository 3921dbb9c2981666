// The exam's topics of what is built so far, against a mesh of `heddle up`: every case is equal to Istio or on the list with its reason.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { rejects } from '../kit/control-plane.ts';
import { checkout } from '../kit/mesh.ts';
import type { Proxy } from '../kit/mesh-variants.ts';
import { embeddedExamDifferences } from '../kit/parity.ts';
import { exam, skipWithout } from '../kit/shared.ts';
import { Bench } from './bench.ts';
import { type Case, readCases } from './case.ts';
import { isAdmissionOfOurKinds, knownDifferences, report, topics } from './report.ts';
import { runCase } from './run-case.ts';

const neededShare = 0.85;
const page = join(checkout, 'docs/exam.md');

const steps = existsSync(exam) ? readCases(topics) : [];
const admission = existsSync(exam) ? readCases(['admission']).filter(isAdmissionOfOurKinds) : [];

/** Why a case differs on this sidecar; undefined when it has to be equal. */
function reasonFor(proxy: Proxy, name: string): string | undefined {
  return knownDifferences[name] ?? (proxy === 'embedded' ? embeddedExamDifferences[name] : undefined);
}

for (const proxy of ['envoy', 'embedded'] as const) {
  // Admission has nothing to do with the sidecar.
  const cases = proxy === 'envoy' ? [...steps, ...admission] : steps;

  describe(`the exam, sidecar ${proxy}`, { skip: skipWithout(exam) }, () => {
    let bench: Bench;
    before(async () => {
      bench = await Bench.start(proxy);
    });
    after(() => bench?.stop());

    for (const examCase of cases) {
      test(`${examCase.name}: ${examCase.about}`, async (t) => {
        let differences = await runCase(bench, examCase);
        if (differences.length > 0) differences = await runCase(bench, examCase);
        const reason = reasonFor(proxy, examCase.name);
        if (reason === undefined) assert.deepEqual(differences, []);
        else {
          t.diagnostic(`known to differ: ${reason}`);
          assert.notDeepEqual(differences, [], 'equal to Istio now: take it off the list of known differences');
        }
      });
    }

    test('at least 85% of the cases are equal to Istio', () => {
      const share = (of: readonly Case[]): number =>
        of.filter(({ name }) => reasonFor(proxy, name) === undefined).length / of.length;
      assert.ok(steps.length >= 300 && admission.length >= 50, `${steps.length} and ${admission.length} cases`);
      assert.ok(share(steps) >= neededShare, `${share(steps)}`);
      assert.ok(share(admission) >= neededShare, `admission: ${share(admission)}`);
    });

    test('no proxy refused an update', async () => {
      assert.equal(await rejects(bench.mesh), 0);
    });
  });
}

test('docs/exam.md says so', { skip: skipWithout(exam) }, () => {
  const text = report([...steps, ...admission]);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, text);
  assert.equal(readFileSync(page, 'utf8'), text);
});
