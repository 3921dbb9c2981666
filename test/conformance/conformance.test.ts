// The same cases on a real Envoy and on the embedded proxy: what went over the wire on both sides is what the case says.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { envoyPath } from '../../scripts/envoy-peer.ts';
import { type Case, readCaseFiles } from './case.ts';
import { ConformanceWorld } from './conformance-world.ts';
import { differences } from './expectation.ts';
import { fillExpectations } from './fill-expectations.ts';
import { knownDifferences } from './known-differences.ts';
import type { StepOutcome } from './outcome.ts';
import type { ProxyKind } from './proxy-under-test.ts';

const update = process.env['UPDATE_GOLDEN'] === '1';
/** To run a few by hand: part of their names. */
const chosen = new RegExp(process.env['HEDDLE_CASES'] ?? '');
const files = readCaseFiles();
const minCases = 250;
const minCasesOfNoun = 6;
/** A busy machine is late for some that wait a fixed time; a proxy that is unreliable differs in more. */
const maxRepeated = 5;
const cases = files.flatMap((file) => file.cases).filter(({ name }) => chosen.test(name));

function suite(kind: ProxyKind, skip: string | false): void {
  describe(`conformance: ${kind}`, { skip }, () => {
    let world: ConformanceWorld;
    let outcomes = new Map<string, StepOutcome[]>();
    let expected: readonly Case[] = cases;
    const repeated = new Set<string>();

    /** What differs beside all others is run once more, alone. */
    async function repeatDiffering(): Promise<void> {
      for (const each of cases) {
        if (kind === 'embedded' && each.name in knownDifferences) continue;
        if (differences(each, outcomes.get(each.name) ?? []).length === 0) continue;
        repeated.add(each.name);
        outcomes.set(each.name, await world.runAgain(each));
      }
    }

    before(async () => {
      world = await new ConformanceWorld(kind).start(cases);
      outcomes = await world.runAll(cases);
      if (!update) return repeatDiffering();
      assert.deepEqual(kind === 'envoy' ? world.nacks : [], [], 'what Envoy refuses says nothing');
      if (kind === 'envoy') for (const file of files) fillExpectations(file, outcomes);
      expected = readCaseFiles().flatMap((file) => file.cases);
    });
    after(async () => world?.close());

    for (const testCase of cases) {
      test(`${testCase.name}: ${testCase.about}`, async (t) => {
        const current = expected.find(({ name }) => name === testCase.name) ?? testCase;
        const found = differences(current, outcomes.get(testCase.name) ?? []);
        if (repeated.has(testCase.name)) t.diagnostic('this is its second run, alone');
        const reason = kind === 'embedded' ? knownDifferences[testCase.name] : undefined;
        if (reason === undefined) assert.deepEqual(found, []);
        else {
          t.diagnostic(`known to differ: ${reason}`);
          assert.notDeepEqual(found, [], 'equal to Envoy now: take it off known-differences.yaml');
        }
      });
    }

    test(`at most ${maxRepeated} cases differed at first`, () =>
      assert.ok(repeated.size <= maxRepeated, [...repeated].join()));

    test('no configuration was refused', () => {
      const known = kind === 'embedded' ? Object.keys(knownDifferences) : [];
      const nacks = world.nacks.filter((nack) => !known.some((name) => nack.includes(name)));
      assert.deepEqual(nacks, [], world.proxyLog.slice(-4000));
    });
  });
}

suite('envoy', existsSync(envoyPath()) ? false : 'Envoy is not there; npm run peers brings it');
suite('embedded', false);

test(`at least ${minCases} cases, at least ${minCasesOfNoun} for each noun`, () => {
  const all = files.flatMap((file) => file.cases);
  assert.ok(all.length >= minCases, `${all.length}`);
  const few = files.filter((file) => file.cases.length < minCasesOfNoun).map(({ noun }) => noun);
  assert.deepEqual(few, []);
  const strangers = Object.keys(knownDifferences).filter((name) => !all.some((each) => each.name === name));
  assert.deepEqual(strangers, [], 'known differences of no case');
});
