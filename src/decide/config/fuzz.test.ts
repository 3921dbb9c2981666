// Mutated resources never throw; a million of them are tried in test/long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzDecoders } from '../../../test/kit/xds-fuzz.ts';

test('mutated resources are refused or taken, nothing else', () => {
  const { inputs, parsed, taken, slowestMs } = fuzzDecoders(5000, 20_260_101);
  assert.ok(parsed > inputs * 0.4, `only ${parsed} of ${inputs} were messages`);
  assert.ok(taken > inputs * 0.05, `only ${taken} of ${inputs} were taken`);
  assert.ok(slowestMs < 1000, `${slowestMs} ms for one`);
});
