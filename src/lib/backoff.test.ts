// Back-off: grows, stays within its bounds, starts anew after a success.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from './backoff.ts';

test('pauses double up to the limit', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 1 });
  assert.deepEqual(
    Array.from({ length: 6 }, () => backoff.nextMs()),
    [100, 200, 400, 800, 1000, 1000],
  );
});

test('jitter takes at most half of a pause away', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 0 });
  assert.deepEqual([backoff.nextMs(), backoff.nextMs()], [50, 100]);
});

test('a success starts over, and a long outage does not overflow', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 5000, random: () => 1 });
  for (let attempt = 0; attempt < 5000; attempt += 1) backoff.nextMs();
  assert.equal(backoff.nextMs(), 5000);
  backoff.reset();
  assert.equal(backoff.nextMs(), 100);
});
