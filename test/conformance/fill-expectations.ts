// `UPDATE_GOLDEN=1`: writes what Envoy did into the case files, where nothing is expected yet. Never what the embedded proxy did.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { CaseFile } from './case.ts';
import { expectationFrom } from './expectation.ts';
import type { StepOutcome } from './outcome.ts';

const layout = { lineWidth: 130, flowCollectionPadding: false, doubleQuotedMinMultiLineLength: 10_000 };

export function fillExpectations(file: CaseFile, outcomes: ReadonlyMap<string, readonly StepOutcome[]>): void {
  const missing = file.cases.some(({ steps }) => steps.some(({ expect }) => expect === undefined));
  if (!missing) return;
  const document = parseDocument(readFileSync(file.file, 'utf8'));
  for (const [index, testCase] of file.cases.entries()) {
    for (const [at, step] of testCase.steps.entries()) {
      const outcome = outcomes.get(testCase.name)?.[at];
      if (step.expect !== undefined || outcome === undefined) continue;
      document.setIn([index, 'steps', at, 'expect'], document.createNode(expectationFrom(outcome)));
    }
  }
  writeFileSync(file.file, document.toString(layout));
}
