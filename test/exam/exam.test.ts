// The exam's topics of what is built so far, against a mesh of `heddle up`: every case is equal to Istio or on the list with its reason.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { rejects } from '../kit/control-plane.ts';
import { checkout } from '../kit/mesh.ts';
import { exam, skipWithout } from '../kit/shared.ts';
import { Bench } from './bench.ts';
import { type Case, readCases } from './case.ts';
import { isAdmissionOfOurKinds, knownDifferences, report, topics } from './report.ts';
import { runCase } from './run-case.ts';

const neededShare = 0.85;
const page = join(checkout, 'docs/exam.md');

describe('the exam', { skip: skipWithout(exam) }, () => {
  const steps = readCases(topics);
  const admission = readCases(['admission']).filter(isAdmissionOfOurKinds);
  let bench: Bench;

  before(async () => {
    bench = await Bench.start('envoy');
  });
  after(() => bench?.stop());

  for (const examCase of [...steps, ...admission]) {
    test(`${examCase.name}: ${examCase.about}`, async (t) => {
      let differences = await runCase(bench, examCase);
      if (differences.length > 0) differences = await runCase(bench, examCase);
      const reason = knownDifferences[examCase.name];
      if (reason === undefined) assert.deepEqual(differences, []);
      else {
        t.diagnostic(`known to differ: ${reason}`);
        assert.notDeepEqual(differences, [], 'equal to Istio now: take it off known-differences.yaml');
      }
    });
  }

  const equalShare = (cases: readonly Case[]): number =>
    cases.filter(({ name }) => !(name in knownDifferences)).length / cases.length;

  test('at least 85% of the cases are equal to Istio', () => {
    assert.ok(steps.length >= 300 && admission.length >= 50, `${steps.length} and ${admission.length} cases`);
    assert.ok(equalShare(steps) >= neededShare, `${equalShare(steps)}`);
    assert.ok(equalShare(admission) >= neededShare, `admission: ${equalShare(admission)}`);
  });

  test('docs/exam.md says so', () => {
    const text = report([...steps, ...admission]);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, text);
    assert.equal(readFileSync(page, 'utf8'), text);
  });

  test('no proxy refused an update', async () => {
    assert.equal(await rejects(bench.mesh), 0);
  });
});
