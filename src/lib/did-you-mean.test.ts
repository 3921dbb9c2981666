// Near words are found, far ones are not offered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, editDistance } from './did-you-mean.ts';

test('a slip of the keys is found', () => {
  assert.equal(didYouMean('weigth', ['match', 'weight', 'headers']), 'weight');
  assert.equal(didYouMean('virtualservice', ['VirtualService', 'Service']), 'VirtualService');
  assert.equal(didYouMean('tiemout', ['timeout', 'retries']), 'timeout');
});

test('nothing is offered for a strange word', () => {
  assert.equal(didYouMean('colour', ['match', 'weight']), undefined);
  assert.equal(didYouMean('x', ['uri', 'scheme']), undefined);
});

test('counts edits', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('ab', 'ba'), 1);
  assert.equal(editDistance('', 'abc'), 3);
});
