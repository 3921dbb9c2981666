// docs/parity.md is what the lists of known differences say.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parityPage, parityText } from './kit/parity.ts';

test('docs/parity.md is up to date', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(parityPage, parityText());
  assert.equal(readFileSync(parityPage, 'utf8'), parityText(), 'UPDATE_GOLDEN=1 npm run check writes it anew');
});
