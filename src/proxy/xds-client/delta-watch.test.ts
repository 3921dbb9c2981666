// What a client tells its control plane of one resource type.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeltaWatch } from './delta-watch.ts';

const bytes = new Uint8Array();
const none = new Map<string, string>();
const resources = ['a', 'b'].map((name) => ({ name, version: `${name}1`, bytes }));

test('a wildcard type is asked for without names; a new stream tells what is held', () => {
  const watch = new DeltaWatch('type', true);
  assert.deepEqual(watch.opening(), { typeUrl: 'type', resourceNamesSubscribe: [], initialResourceVersions: {} });
  watch.accepted({ resources, removed: [] }, none);
  watch.accepted({ resources: [], removed: ['a'] }, none);
  assert.deepEqual(watch.opening()?.initialResourceVersions, { b: 'b1' });
});

test('of what is asked for by name, only changes are sent', () => {
  const watch = new DeltaWatch('type', false);
  assert.equal(watch.opening(), undefined);
  assert.deepEqual(watch.want(new Set(['a', 'b']))?.resourceNamesSubscribe, ['a', 'b']);
  assert.equal(watch.want(new Set(['b', 'a'])), undefined);
  watch.accepted({ resources, removed: [] }, none);
  const change = watch.want(new Set(['b', 'c']));
  assert.deepEqual([change?.resourceNamesSubscribe, change?.resourceNamesUnsubscribe], [['c'], ['a']]);
  assert.deepEqual(watch.opening()?.initialResourceVersions, { b: 'b1' });
  assert.deepEqual(watch.wanted({ resources, removed: ['a'] }), { resources: [resources[1]], removed: [] });
});

test('a refusal names each resource with its reason; what was refused is not held', () => {
  const watch = new DeltaWatch('type', true);
  const refusals = new Map([['b', 'bad address']]);
  watch.accepted({ resources, removed: [] }, refusals);
  assert.deepEqual(watch.opening()?.initialResourceVersions, { a: 'a1' });
  assert.deepEqual(watch.answer('n1', none), { typeUrl: 'type', responseNonce: 'n1' });
  assert.deepEqual(watch.answer('n2', refusals), {
    typeUrl: 'type',
    responseNonce: 'n2',
    errorDetail: { code: 13, message: 'b: bad address' },
  });
});
