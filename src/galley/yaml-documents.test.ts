// YAML is read as kubectl reads it, and every path knows its line and column.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssue } from '../lib/issue.ts';
import { parseDocuments, yamlLimits } from './yaml-documents.ts';

const read = (text: string): unknown[] => parseDocuments(text, 'a.yaml').documents.map((each) => each.object);
const problems = (text: string): string[] => parseDocuments(text, 'a.yaml').issues.map(formatIssue);

function placeIn(text: string, path: string, at?: 'key' | 'value', document = 0): string {
  const place = parseDocuments(text, 'a.yaml').documents[document]!.placeOf(path, at);
  return `${place.line}:${place.column}`;
}

test('words become values as kubectl takes them', () => {
  const text =
    'a: y\nb: on\nc: 1.10\nd: "1.10"\ne: 0755\nf: 0x1F\ng: 1e3\nh: 2001-01-01\ni: 12:30:45\nj: ~\nk:\nl: v1\nm: No';
  assert.deepEqual(read(text)[0], {
    a: true,
    b: true,
    c: 1.1,
    d: '1.10',
    e: 493,
    f: 31,
    g: 1000,
    h: '2001-01-01',
    i: '12:30:45',
    j: null,
    k: null,
    l: 'v1',
    m: false,
  });
});

test('keys are strings whatever they look like', () => {
  assert.deepEqual(read('8080: a\ny: b\n"x": c')[0], { '8080': 'a', true: 'b', x: 'c' });
});

test('documents are split, and empty ones are none', () => {
  assert.deepEqual(read('# head\n---\na: 1\n--- # second\nb: 2\n---\n# nothing\n---\n...\nc: 3\n'), [
    { a: 1 },
    { b: 2 },
    { c: 3 },
  ]);
  assert.deepEqual(read('%YAML 1.1\n---\na: 1\n'), [{ a: 1 }]);
  assert.deepEqual(read(''), []);
});

test('JSON is read too, tabs and all', () => {
  assert.deepEqual(read('{\n\t"a": [1, true, null],\n\t"b": {"c": "y"}\n}'), [{ a: [1, true, null], b: { c: 'y' } }]);
});

test('a List stands for its items, which keep their places', () => {
  const text = 'kind: List\nitems:\n- kind: A\n  spec:\n    x: 1\n- kind: B\n';
  assert.deepEqual(read(text), [{ kind: 'A', spec: { x: 1 } }, { kind: 'B' }]);
  assert.equal(placeIn(text, 'spec.x'), '5:5');
  assert.equal(placeIn(text, 'kind', 'value', 1), '6:9');
});

test('places count from the top of the file', () => {
  const text = '# first\na: 1\n---\nspec:\n  http:\n  - route:\n    - weight: 90\n  labels:\n    a.b/c: "1"\n';
  assert.equal(placeIn(text, 'spec.http[0].route[0].weight', 'key', 1), '7:7');
  assert.equal(placeIn(text, 'spec.http[0].route[0].weight', 'value', 1), '7:15');
  assert.equal(placeIn(text, 'spec.labels[a.b/c]', 'key', 1), '9:5');
});

test('a path that is not there gives its nearest parent', () => {
  const text = 'spec:\n  http:\n  - name: x\n';
  assert.equal(placeIn(text, 'spec.http[0].route[1].weight'), '3:5');
  assert.equal(placeIn(text, 'spec.tcp'), '1:1');
  assert.equal(placeIn(text, 'status.x'), '1:1');
});

test('anchors, aliases and merge keys are followed', () => {
  const text = 'base: &b\n  host: a\nuse:\n  <<: *b\n  port: 1\nalso: *b\n';
  assert.deepEqual(read(text)[0], { base: { host: 'a' }, use: { host: 'a', port: 1 }, also: { host: 'a' } });
  assert.equal(placeIn(text, 'use.host'), '2:3');
  assert.equal(placeIn(text, 'also.host', 'value'), '2:9');
});

test('every syntax error is told with its place, and other documents are read', () => {
  const text = 'a: [1\n---\nb: 2\n---\n\tc: 3\n---\nd: 1\nd: 2\n---\ne: *none\n';
  assert.deepEqual(read(text), [{ b: 2 }]);
  const found = problems(text);
  assert.match(found.join('\n'), /^a\.yaml:\d+:\d+: error: .*/);
  assert.ok(
    found.some((line) => line.startsWith('a.yaml:5:')),
    found.join('\n'),
  );
  assert.ok(found.includes('a.yaml:8:1: error: the field stands here twice (remove one of the two)'), found.join('\n'));
  assert.ok(
    found.some((line) => line.startsWith('a.yaml:10:')),
    found.join('\n'),
  );
});

test('limits end bombs instead of the process', () => {
  const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
  for (let i = 1; i < 9; i += 1)
    bomb.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(',')}]`,
    );
  assert.match(problems(bomb.join('\n'))[0]!, /more than 100 aliases/);
  assert.match(problems('['.repeat(200) + ']'.repeat(200))[0]!, /nested deeper than 100/);
  assert.match(problems('['.repeat(100_000) + ']'.repeat(100_000))[0]!, /nested deeper than 100/);
  assert.match(problems(' '.repeat(yamlLimits.bytes + 1))[0]!, /larger than 16 MiB/);
});

test('a map of 60,000 keys is read in seconds, not minutes', () => {
  const text = `{${Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join(', ')}, k7: 2}`;
  const started = performance.now();
  const { issues } = parseDocuments(text, 'wide.yaml');
  assert.deepEqual(
    issues.map(({ code }) => code),
    ['duplicate'],
  );
  assert.ok(performance.now() - started < 10_000);
});
