// docs/parity.md is what the lists of known differences say.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parityPage, parityText } from './kit/parity.ts';

test('docs/parity.md is up to date', () => {
  const current = readFileSync(parityPage, 'utf8');
  const wanted = parityText(current);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(parityPage, wanted);
  else assert.equal(current, wanted, 'UPDATE_GOLDEN=1 node --test test/parity.test.ts writes it anew');
});
