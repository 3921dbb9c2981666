// Order, repeated names, and the headers that are kept as one value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderMap } from './header-map.ts';
import { joinSingleHeaders, singleInRequests } from './single-headers.ts';

test('set overwrites in place and removes the others', () => {
  const headers = new HeaderMap(['a', 'b', 'a', 'c'], ['1', '2', '3', '4']);
  headers.set('a', '5');
  assert.deepEqual(
    [headers.names, headers.values],
    [
      ['a', 'b', 'c'],
      ['5', '2', '4'],
    ],
  );
});

test('reads the first, all, and all joined', () => {
  const headers = new HeaderMap(['a', 'b', 'a'], ['1', '2', '3']);
  assert.equal(headers.get('a'), '1');
  assert.deepEqual(headers.getAll('a'), ['1', '3']);
  assert.equal(headers.joined('a'), '1,3');
  assert.equal(headers.joined('c'), undefined);
});

test('removes all of a name', () => {
  const headers = new HeaderMap(['a', 'b', 'a'], ['1', '2', '3']);
  assert.equal(headers.remove('a'), true);
  assert.equal(headers.remove('a'), false);
  assert.deepEqual(headers.names, ['b']);
});

test('a clone is its own', () => {
  const headers = HeaderMap.of({ A: '1' });
  headers.clone().set('a', '2');
  assert.equal(headers.get('a'), '1');
  assert.equal(headers.bytes(), 2);
});

test('joins what Envoy joins', () => {
  const headers = new HeaderMap(['user-agent', 'x-a', 'user-agent', 'x-a'], ['1', '2', '3', '4']);
  joinSingleHeaders(headers, singleInRequests);
  assert.deepEqual(
    [headers.names, headers.values],
    [
      ['user-agent', 'x-a', 'x-a'],
      ['1,3', '2', '4'],
    ],
  );
});
