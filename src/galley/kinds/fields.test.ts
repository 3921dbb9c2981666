// The schemas know every field of Istio's CRDs and no other, and docs/fields.md says so truly.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fieldsDocument } from '../../../scripts/fields-document.ts';
import { crds, skipWithout } from '../../../test/kit/shared.ts';

test("schemas and docs/fields.md agree with Istio's CRDs", { skip: skipWithout(crds) }, () => {
  const { text, gaps } = fieldsDocument(crds);
  assert.deepEqual(gaps, []);
  const file = resolve(import.meta.dirname, '../../../docs/fields.md');
  assert.equal(readFileSync(file, 'utf8'), text, 'node scripts/fields.ts writes it anew');
});
