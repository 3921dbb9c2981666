// Selectors: text and structured form.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { matchesSelector, parseFieldSelector, parseLabelSelector } from './selectors.ts';

function labelled(labels: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels } };
}

test('label selectors as text', () => {
  const object = labelled({ app: 'web', 'example.test/tier': 'a', empty: '' });
  const holds = (text: string): boolean => parseLabelSelector(text)(object);
  for (const text of [
    '',
    'app',
    'app=web',
    'app==web',
    'app!=db',
    'app in (web,db)',
    'app notin (db)',
    '!other',
    'other!=x',
    'other notin (x)',
    'example.test/tier=a',
    'empty=',
    'app=web , !other',
  ]) {
    assert.equal(holds(text), true, text);
  }
  for (const text of [
    'other',
    'app=db',
    'app!=web',
    'app in (db)',
    'app notin (web)',
    '!app',
    'app=web,other',
    'constructor',
    'toString in (a)',
  ]) {
    assert.equal(holds(text), false, text);
  }
  for (const text of ['=', 'app=web=x', 'app in web', 'app in (', '!(app)']) {
    assert.throws(() => parseLabelSelector(text), { httpStatus: 400 }, text);
  }
});

test('selectors of specs: absent matches nothing, empty everything', () => {
  assert.equal(matchesSelector(undefined, {}), false);
  assert.equal(matchesSelector({}, {}), true);
  const matchExpressions = [
    { key: 'a', operator: 'In', values: ['1', '2'] },
    { key: 'b', operator: 'NotIn', values: ['1'] },
    { key: 'c', operator: 'Exists' },
    { key: 'd', operator: 'DoesNotExist' },
  ];
  assert.equal(matchesSelector({ matchExpressions }, { a: '1', c: '' }), true);
  assert.equal(matchesSelector({ matchExpressions }, { a: '1', c: '', d: '' }), false);
  assert.equal(matchesSelector({ matchExpressions }, { a: '3', c: '' }), false);
  assert.equal(matchesSelector({ matchLabels: { a: '1' }, matchExpressions }, { a: '2', c: '' }), false);
  assert.equal(matchesSelector({ matchExpressions: [{ key: 'a', operator: 'Like' }] }, { a: '1' }), false);
});

test('field selectors', () => {
  const pod = { ...labelled({}), status: { phase: 'Running' } };
  assert.equal(parseFieldSelector('metadata.name=p,status.phase!=Failed')(pod), true);
  assert.equal(parseFieldSelector('status.phase=Failed')(pod), false);
  assert.throws(() => parseFieldSelector('spec.colour=red'), /field label not supported: spec\.colour/);
});
