// Holds an outcome against what a case expects; shares of random choices by their range, all else exactly.
import { isDeepStrictEqual } from 'node:util';
import type { Case } from './case.ts';
import type { StepOutcome } from './outcome.ts';

type Range = readonly [number, number];
export type Expectation = Omit<StepOutcome, 'tally'> & { readonly tally?: Readonly<Record<string, Range>> };

/** Empty when all is as expected; else what is not, step by step. */
export function differences(testCase: Case, outcomes: readonly StepOutcome[]): string[] {
  return testCase.steps.flatMap((step, index) => {
    const found = outcomes[index];
    const expected = step.expect as Expectation | undefined;
    if (expected === undefined) return [`step ${index}: nothing is expected yet; UPDATE_GOLDEN=1 fills it from Envoy`];
    if (found === undefined) return [`step ${index}: did not run`];
    return stepDifferences(expected, found).map((line) => `step ${index}: ${line}`);
  });
}

function stepDifferences(expected: Expectation, found: StepOutcome): string[] {
  if (expected.tally !== undefined) return tallyDifferences(expected.tally, found.tally ?? {});
  const lines: string[] = [];
  compare('', expected, found, lines);
  return lines;
}

function compare(path: string, expected: unknown, found: unknown, lines: string[]): void {
  if (isDeepStrictEqual(expected, found)) return;
  const both = [expected, found].every((value) => typeof value === 'object' && value !== null);
  if (!both) return void lines.push(`${path}: expected ${show(expected)}, found ${show(found)}`);
  const [left, right] = [expected, found] as [Record<string, unknown>, Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    compare(path === '' ? key : `${path}.${key}`, left[key], right[key], lines);
  }
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function tallyDifferences(expected: Readonly<Record<string, Range>>, found: Record<string, number>): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap((key) => {
    const [low, high] = expected[key] ?? [0, 0];
    const count = found[key] ?? 0;
    return count >= low && count <= high ? [] : [`tally.${key}: expected ${low} to ${high}, found ${count}`];
  });
}

/** A range so wide that chance leaves it once in a million runs; what always or never happens has none. */
function rangeOf(count: number, total: number): Range {
  if (count === total) return [total, total];
  const share = count / total;
  const spread = 5 * Math.sqrt(total * share * (1 - share)) * 1.4;
  return [Math.max(0, Math.floor(count - spread)), Math.min(total, Math.ceil(count + spread))];
}

export function expectationFrom(outcome: StepOutcome): Expectation {
  const { tally, ...rest } = outcome;
  if (tally === undefined) return rest;
  const total = Object.values(tally).reduce((sum, count) => sum + count, 0);
  const entries = Object.entries(tally).map(([key, count]) => [key, rangeOf(count, total)] as const);
  return { tally: Object.fromEntries(entries) };
}
