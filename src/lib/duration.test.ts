// Durations as Go writes and reads them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';

test('units, fractions and sums', () => {
  const texts = ['5s', '250ms', '1h2m3.5s', '.5s', '1.s', '500us', '1µs', '1000ns', '0', '-1.5s', '+2m'];
  assert.deepEqual(texts.map(parseDuration), [5000, 250, 3_723_500, 500, 1000, 0.5, 0.001, 0.001, 0, -1500, 120_000]);
});

test('anything else is none', () => {
  for (const text of ['', '5', 's', '5 s', '1d', '5sec', '1e3s', '--1s', 's5', '1s ', '١s']) {
    assert.equal(parseDuration(text), undefined, text);
  }
});
