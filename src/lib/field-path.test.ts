// Paths are joined and split without loss.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childPath, splitPath } from './field-path.ts';

test('joins names, indexes and odd keys', () => {
  assert.equal(childPath('', 'spec'), 'spec');
  assert.equal(childPath(childPath('spec', 'http'), 0), 'spec.http[0]');
  assert.equal(childPath('metadata.labels', 'app.kubernetes.io/name'), 'metadata.labels[app.kubernetes.io/name]');
});

test('splits what was joined', () => {
  const steps = ['spec', 'http', 0, 'match', 1, 'headers', 'x-end.user', 'exact', 'a]b', '7'];
  const path = steps.reduce<string>(childPath, '');
  assert.deepEqual(splitPath(path), steps.map(String));
  assert.deepEqual(splitPath(''), []);
});
