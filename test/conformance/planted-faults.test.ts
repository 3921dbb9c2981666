// The cases are worth something: each fault planted in `decide/`, in the memory of one process, makes at least one of them fail.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCaseFiles } from './case.ts';
import { ConformanceWorld } from './conformance-world.ts';
import { differences } from './expectation.ts';
import { knownDifferences } from './known-differences.ts';
import { type PlantedFault, plantedFaults } from './planted-faults.ts';

const minFaults = 20;
const decide = join(import.meta.dirname, '../../src/decide');
const cases = readCaseFiles().flatMap((file) => file.cases);

/** Names of the cases that fail. */
async function failing({ file, from, to, cases: chosen }: PlantedFault, planted: boolean): Promise<string[]> {
  const some = cases.filter(({ name }) => chosen.test(name) && !(name in knownDifferences));
  const world = new ConformanceWorld('embedded', planted ? { file: join(decide, file), from, to } : undefined);
  try {
    const outcomes = await (await world.start(some)).runAll(some);
    return some.filter((each) => differences(each, outcomes.get(each.name) ?? []).length > 0).map(({ name }) => name);
  } finally {
    await world.close();
  }
}

test(`at least ${minFaults} faults are planted`, () => {
  assert.ok(plantedFaults.length >= minFaults, `${plantedFaults.length}`);
});

const soundOnes = new Map<string, Promise<string[]>>();

for (const fault of plantedFaults) {
  test(`${fault.file}: ${fault.from} -> ${fault.to}`, async (t) => {
    const text = readFileSync(join(decide, fault.file), 'utf8');
    assert.equal(text.split(fault.from).length, 2, 'stands there exactly once');
    const without = soundOnes.get(fault.cases.source) ?? failing(fault, false);
    soundOnes.set(fault.cases.source, without);
    const anyway = await without;
    const caught = (await failing(fault, true)).filter((name) => !anyway.includes(name));
    t.diagnostic(`noticed by ${caught.join(' ')}`);
    assert.notDeepEqual(caught, [], 'no case notices');
  });
}
