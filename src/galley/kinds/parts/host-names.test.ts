// Which host names are valid, which mean the same, and how short ones are completed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkDomain,
  checkWildcardDomain,
  completeHost,
  completionHint,
  hostCovers,
  hostsOverlap,
} from './host-names.ts';

const invalid = (check: typeof checkDomain, names: readonly string[]): string[] =>
  names.filter((name) => check(name) !== undefined);

test('domain names', () => {
  const names = ['a', 'a.b', 'A.b', 'a.b.', 'xn--a.b', '1a.b'];
  assert.deepEqual(invalid(checkDomain, names), []);
  const bad = ['', '.', '.a', 'a..b', 'a_b', '-a', 'a-', 'a b', '*', '*.a', '1.2.3.4', 'a.1', 'x'.repeat(64)];
  assert.deepEqual(invalid(checkDomain, bad), bad);
});

test('a wildcard may begin the first label only', () => {
  assert.deepEqual(invalid(checkWildcardDomain, ['*', '*.a', '*a.b', '*-a.b', 'a.b']), []);
  const bad = ['a.*', 'a*.b', '**.a', '*.*.a', '*.1', ''];
  assert.deepEqual(invalid(checkWildcardDomain, bad), bad);
});

test('overlap and cover', () => {
  assert.ok(hostsOverlap('*.com', 'a.com') && hostsOverlap('a.com', '*.com') && hostsOverlap('*.a.com', '*.com'));
  assert.ok(hostsOverlap('*', 'a') && !hostsOverlap('a.com', 'b.com') && !hostsOverlap('*.com', 'a.org'));
  assert.ok(hostCovers('*.com', '*.a.com') && !hostCovers('*.a.com', '*.com') && !hostCovers('a.com', '*.a.com'));
});

test('only names without a dot are completed', () => {
  const hosts = ['reviews', 'Reviews', 'reviews.shop', 'reviews.shop.svc', 'A.example.com', '*', '10.1.2.3', '::1'];
  assert.deepEqual(
    hosts.map((host) => completeHost(host, 'shop', 'cluster.local')),
    [
      'reviews.shop.svc.cluster.local',
      'reviews.shop.svc.cluster.local',
      'reviews.shop',
      'reviews.shop.svc',
      'a.example.com',
      '*',
      '10.1.2.3',
      '::1',
    ],
  );
  assert.match(completionHint('reviews.shop', 'cluster.local') ?? '', /reviews\.shop\.svc\.cluster\.local/);
  assert.equal(completionHint('a.example.com', 'cluster.local'), undefined);
});
