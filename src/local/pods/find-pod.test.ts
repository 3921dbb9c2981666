// Pods as users name them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesOwner, parsePodName } from './find-pod.ts';

test('a name, a namespace, an owner, and all of them', () => {
  assert.deepEqual(parsePodName('a', 'ns'), { namespace: 'ns', name: 'a', owner: false });
  assert.deepEqual(parsePodName('other/a', 'ns'), { namespace: 'other', name: 'a', owner: false });
  assert.deepEqual(parsePodName('deploy/a', 'ns'), { namespace: 'ns', name: 'a', owner: true });
  assert.deepEqual(parsePodName('pod/a', 'ns'), { namespace: 'ns', name: 'a', owner: false });
  assert.deepEqual(parsePodName('other/deploy/a', 'ns'), { namespace: 'other', name: 'a', owner: true });
});

test('an owner’s pods, but not those of another whose name begins alike', () => {
  assert.ok(matchesOwner('reviews-v1-bbgnf54vfg-9sxh6', 'reviews-v1'));
  assert.ok(matchesOwner('db-0', 'db'));
  assert.ok(!matchesOwner('reviews-v1-bbgnf54vfg-9sxh6', 'reviews'));
  assert.ok(!matchesOwner('reviews-v1', 'reviews-v1'));
});
