// Istio's own samples, unmodified: every document of a kind that we read is taken without an error.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkDocument } from '../src/galley/check-document.ts';
import { parseDocuments } from '../src/galley/yaml-documents.ts';
import { formatIssue } from '../src/lib/issue.ts';
import { istioSamples, skipWithout } from './kit/shared.ts';

describe("Istio's samples", { skip: skipWithout(istioSamples) }, () => {
  const files = globSync('**/*.yaml', { cwd: istioSamples }).toSorted();

  test('there are samples', () => assert.ok(files.length >= 60, `${files.length} files`));

  for (const file of files) {
    test(file, () => {
      const parsed = parseDocuments(readFileSync(join(istioSamples, file), 'utf8'), file);
      const issues = [...parsed.issues, ...parsed.documents.flatMap((document) => checkDocument(document))];
      // Kinds of others (cert-manager's) are unknown here as they are to an API server without their CRDs.
      const errors = issues.filter((issue) => issue.severity === 'error' && issue.code !== 'unknown-kind');
      assert.deepEqual(errors.map(formatIssue), []);
    });
  }
});
