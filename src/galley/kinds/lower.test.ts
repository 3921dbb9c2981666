// What documents of Istio's networking kinds lower to, as golden JSON: completed names, defaults, units.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertGolden } from '../../../test/kit/golden.ts';
import { formatIssue, hasErrors } from '../../lib/issue.ts';
import { defaultMeshSettings } from '../../model/mesh-settings.ts';
import { readDocument } from '../check-document.ts';
import { parseDocuments } from '../yaml-documents.ts';

const folder = join(import.meta.dirname, 'testdata/lower');

function lowered(file: string): unknown[] {
  const { documents, issues } = parseDocuments(readFileSync(join(folder, file), 'utf8'), file);
  assert.deepEqual(issues, []);
  return documents.map((document) => {
    const read = readDocument(document);
    assert.ok(!hasErrors(read.issues) && read.resource !== undefined, read.issues.map(formatIssue).join('\n'));
    return read.kind?.lower?.(read.resource, { settings: defaultMeshSettings });
  });
}

/** Bytes as text, and absent values visible. */
function readable(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array
    ? `bytes: ${Buffer.from(value).toString()}`
    : value === undefined
      ? '(none)'
      : value;
}

describe('lowering', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    test(file, () => {
      assertGolden(
        import.meta.url,
        `lower/${file.replace('.yaml', '.json')}`,
        `${JSON.stringify(lowered(file), readable, 2)}\n`,
      );
    });
  }
});
