// Host names with wildcards: subsets, overlap, and which pattern is the most specific.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareHosts, hostsOverlap, isHostSubset, mostSpecificPattern } from './host-name.ts';

test('a name is a subset of the patterns that cover all it stands for', () => {
  assert.ok(isHostSubset('a.b.com', '*.b.com'));
  assert.ok(isHostSubset('*.a.b.com', '*.b.com'));
  assert.ok(isHostSubset('anything', '*'));
  assert.ok(!isHostSubset('*.b.com', 'a.b.com'));
  assert.ok(!isHostSubset('b.com', '*.b.com'));
  assert.ok(!isHostSubset('*.com', '*.b.com'));
});

test('overlap goes both ways', () => {
  assert.ok(hostsOverlap('*.b.com', 'a.b.com'));
  assert.ok(!hostsOverlap('*.b.com', '*.c.com'));
});

test('the longest pattern wins', () => {
  const patterns = ['*', '*.com', '*.b.com', 'x.b.com'].sort(compareHosts);
  assert.equal(mostSpecificPattern('a.b.com', patterns), '*.b.com');
  assert.equal(mostSpecificPattern('x.b.com', patterns), 'x.b.com');
  assert.equal(mostSpecificPattern('a.org', patterns), '*');
  assert.equal(mostSpecificPattern('a.org', ['*.com']), undefined);
});
