// Istio's own samples are taken as they are.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { istioSamples, skipWithout } from '../../test/kit/shared.ts';
import { formatIssue } from '../lib/issue.ts';
import { checkDocument } from './check-document.ts';
import { parseDocuments } from './yaml-documents.ts';

/** Kinds of other projects that some samples bring along. */
const strangers = /has no kind `(?:ClusterIssuer|Certificate|Issuer)`/;

test("Istio's samples have no errors", { skip: skipWithout(istioSamples) }, () => {
  const files = globSync('**/*.yaml', { cwd: istioSamples });
  assert.ok(files.length >= 50, `${files.length} samples`);
  const found: string[] = [];
  for (const file of files) {
    const { documents, issues } = parseDocuments(readFileSync(join(istioSamples, file), 'utf8'), file);
    const all = [...issues, ...documents.flatMap((document) => checkDocument(document))];
    found.push(...all.filter(({ severity }) => severity === 'error').map(formatIssue));
  }
  assert.deepEqual(
    found.filter((line) => !strangers.test(line)),
    [],
  );
});
