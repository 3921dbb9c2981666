// The cases are worth something: each fault planted in `decide/`, in the memory of one process, makes those fail that are named for it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type Case, readCaseFiles } from './case.ts';
import { ConformanceWorld } from './conformance-world.ts';
import { differences } from './expectation.ts';
import { knownDifferences } from './known-differences.ts';
import { type PlantedFault, plantedFaults } from './planted-faults.ts';
import type { SourceFault } from './proxy-under-test.ts';

const minFaults = 36;
/** Passes with each fault planted: a proxy that does not work at all notices nothing. */
const control = 'redirect-003';
const atOnce = 2;
const decide = join(import.meta.dirname, '../../src/decide');
const cases = new Map(readCaseFiles().flatMap((file) => file.cases.map((each) => [each.name, each])));

interface Run {
  readonly failed: readonly string[];
  /** Refused configuration, an exception, or the end of the process. */
  readonly trouble: readonly string[];
}

async function run(names: readonly string[], fault?: SourceFault): Promise<Run> {
  const some = names.map((name) => cases.get(name)).filter((each): each is Case => each !== undefined);
  assert.equal(some.length, names.length, 'each case is there');
  const world = new ConformanceWorld('embedded', fault);
  try {
    const outcomes = await (await world.start(some)).runAll(some);
    const failed = some.filter((each) => differences(each, outcomes.get(each.name) ?? []).length > 0);
    const exceptions = /^.*(?:unexpected exception|\nended: ).*$/m.exec(world.proxyLog) ?? [];
    return { failed: failed.map(({ name }) => name), trouble: [...world.nacks, ...exceptions] };
  } finally {
    await world.close();
  }
}

function title({ file, from, to }: PlantedFault): string {
  return `${file}: ${from} -> ${to === '' ? 'nothing' : to}`;
}

test(`at least ${minFaults} faults are planted`, () => {
  assert.ok(plantedFaults.length >= minFaults, `${plantedFaults.length}`);
  assert.equal(new Set(plantedFaults.map(title)).size, plantedFaults.length, 'each is another');
});

test('without a fault all of the cases pass', async () => {
  const names = [...new Set([control, ...plantedFaults.flatMap(({ noticedBy }) => noticedBy)])];
  assert.deepEqual(
    names.filter((name) => name in knownDifferences),
    [],
    'none of them differs anyway',
  );
  assert.deepEqual(await run(names), { failed: [], trouble: [] });
});

describe('planted faults', { concurrency: atOnce }, () => {
  for (const fault of plantedFaults) {
    test(`${title(fault)} is noticed by ${fault.noticedBy.join(' and ')}`, async (t) => {
      const { file, from, to, noticedBy } = fault;
      const path = join(decide, file);
      assert.equal(readFileSync(path, 'utf8').split(from).length, 2, 'stands there exactly once');
      assert.ok(noticedBy.length > 0 && !noticedBy.includes(control));
      const planted = (): Promise<Run> => run([control, ...noticedBy], { file: path, from, to });
      const wanted: Run = { failed: noticedBy, trouble: [] };
      const first = await planted();
      if (isDeepStrictEqual(first, wanted)) return;
      // Something else may have been late on a busy machine; what the fault itself does, it does again.
      t.diagnostic(`at first ${JSON.stringify(first)}`);
      const { failed, trouble } = await planted();
      assert.deepEqual(trouble, [], 'a proxy that breaks down has not decided wrongly');
      assert.deepEqual(failed, noticedBy);
    });
  }
});
