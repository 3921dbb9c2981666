// Merge, JSON, strategic and three-way patches: what comes out, and that nothing is changed in place.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { jsonPatch, mergePatch } from './merge-patch.ts';
import { strategicMerge } from './strategic-merge.ts';
import { threeWayMerge } from './three-way-merge.ts';

test('merge patch: the examples of RFC 7386 appendix A', () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) assert.deepEqual(mergePatch(target, patch), result);
});

test('a merge patch cannot reach the prototype', () => {
  const patch: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
  const result = mergePatch({}, patch);
  assert.equal(Reflect.get(result ?? {}, 'polluted'), undefined);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('patching twice with the same patch is patching once', () => {
  fc.assert(
    fc.property(fc.object(), fc.object(), (target, patch) => {
      const once = mergePatch(target, patch);
      assert.deepEqual(mergePatch(once, patch), once);
    }),
  );
});

test('JSON patch: operations in order, on lists and objects', () => {
  const document = { a: { b: [1, 2, 3] }, 'x/y': 1 };
  const before = structuredClone(document);
  const result = jsonPatch(document, [
    { op: 'test', path: '/a/b/0', value: 1 },
    { op: 'add', path: '/a/b/-', value: 4 },
    { op: 'add', path: '/a/b/0', value: 0 },
    { op: 'remove', path: '/a/b/1' },
    { op: 'replace', path: '/x~1y', value: 2 },
    { op: 'copy', from: '/a/b', path: '/c' },
    { op: 'move', from: '/x~1y', path: '/d' },
  ]);
  assert.deepEqual(result, { a: { b: [0, 2, 3, 4] }, c: [0, 2, 3, 4], d: 2 });
  assert.deepEqual(document, before);
});

test('JSON patch refuses what does not fit', () => {
  const refused = [
    [{ op: 'remove', path: '/none' }],
    [{ op: 'replace', path: '/none', value: 1 }],
    [{ op: 'add', path: '/a/9', value: 1 }],
    [{ op: 'test', path: '/b', value: 2 }],
    [{ op: 'explode', path: '/b' }],
    [{ op: 'add', path: 'b', value: 1 }],
    { op: 'add' },
  ];
  for (const operations of refused) assert.throws(() => jsonPatch({ a: [], b: 1 }, operations), { httpStatus: 400 });
});

const container = (name: string, rest: object = {}): object => ({ name, ...rest });

test('strategic merge joins lists by their key and leaves other entries alone', () => {
  const target = {
    containers: [container('a', { image: 'a:1', env: [{ name: 'X', value: '1' }] }), container('sidecar')],
  };
  const patch = { containers: [container('a', { image: 'a:2', env: [{ name: 'Y', value: '2' }] })] };
  assert.deepEqual(strategicMerge(target, patch), {
    containers: [
      container('a', {
        image: 'a:2',
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
      }),
      container('sidecar'),
    ],
  });
});

test('strategic merge follows its directives', () => {
  const target = {
    containers: [container('a'), container('b')],
    finalizers: ['x', 'y'],
    strategy: { type: 'A', rolling: {} },
  };
  const patch = {
    containers: [{ $patch: 'delete', name: 'a' }, container('c')],
    '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }],
    finalizers: ['z'],
    '$deleteFromPrimitiveList/finalizers': ['x'],
    strategy: { $retainKeys: ['type'], type: 'B' },
  };
  assert.deepEqual(strategicMerge(target, patch), {
    containers: [container('c'), container('b')],
    finalizers: ['y', 'z'],
    strategy: { type: 'B' },
  });
  assert.deepEqual(strategicMerge({ a: { b: 1 } }, { a: { $patch: 'replace', c: 2 } }), { a: { c: 2 } });
});

test('a service port is told from another by its protocol too', () => {
  const target = {
    ports: [
      { port: 53, protocol: 'TCP', name: 'tcp' },
      { port: 53, protocol: 'UDP', name: 'udp' },
    ],
  };
  const result = strategicMerge(target, { ports: [{ port: 53, protocol: 'UDP', name: 'dns' }] });
  assert.deepEqual(result, {
    ports: [
      { port: 53, protocol: 'TCP', name: 'tcp' },
      { port: 53, protocol: 'UDP', name: 'dns' },
    ],
  });
});

test('three ways: ours changes, theirs stays, what we dropped goes', () => {
  const last = { a: 1, dropped: 1, map: { ours: 1, gone: 1 }, list: [1] };
  const current = { ...last, theirs: 1, map: { ...last.map, theirs: 2 } };
  const next = { a: 2, map: { ours: 2 }, list: [2] };
  assert.deepEqual(threeWayMerge({ last, next, current }, false), {
    a: 2,
    theirs: 1,
    map: { ours: 2, theirs: 2 },
    list: [2],
  });
});

test('three ways with named lists: an injected container stays, a dropped one goes, defaults stay', () => {
  const last = { containers: [container('a'), container('old')] };
  const current = {
    containers: [container('a', { imagePullPolicy: 'Always' }), container('old'), container('injected')],
  };
  const next = { containers: [container('new'), container('a')] };
  assert.deepEqual(threeWayMerge({ last, next, current }, true), {
    containers: [container('new'), container('a', { imagePullPolicy: 'Always' }), container('injected')],
  });
});

test('applying the same again changes nothing', () => {
  fc.assert(
    fc.property(fc.object(), fc.object(), (manifest, others) => {
      const once = threeWayMerge({ last: undefined, next: manifest, current: others }, true);
      assert.deepEqual(threeWayMerge({ last: manifest, next: manifest, current: once }, true), once);
    }),
  );
});
