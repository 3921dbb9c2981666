// Names: full and short forms, search domains, wildcards, and whose names they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LookupTable, type NamedHost } from './lookup-table.ts';

function kubernetes(shortname: string, namespace: string, ...ips: string[]): [string, NamedHost] {
  return [`${shortname}.${namespace}.svc.cluster.local`, { ips, registry: 'Kubernetes', shortname, namespace }];
}

function external(host: string, ...ips: string[]): [string, NamedHost] {
  return [host, { ips, registry: 'External', shortname: host, namespace: 'shop' }];
}

const table = new LookupTable(
  [
    kubernetes('reviews', 'shop', '10.96.0.1'),
    kubernetes('billing', 'other', '10.96.0.2'),
    kubernetes('dual', 'shop', '10.96.0.3', 'fd00::3'),
    external('Outside.Exam.Test', '240.240.0.1'),
    external('*.wild.exam.test', '240.240.0.2'),
    external('*.test', '240.240.0.3'),
    ['far.shop.svc.other.domain', { ips: ['10.9.9.9'], registry: 'Kubernetes', shortname: 'far', namespace: 'shop' }],
    external('empty.test'),
  ],
  {
    namespace: 'shop',
    domain: 'svc.cluster.local',
    search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
  },
);

const cases: readonly [name: string, v4: string[] | undefined, canonical?: string][] = [
  ['reviews.shop.svc.cluster.local', ['10.96.0.1']],
  ['reviews', ['10.96.0.1']],
  ['reviews.shop', ['10.96.0.1']],
  ['reviews.shop.svc', ['10.96.0.1']],
  ['reviews.shop.svc.cluster', undefined],
  ['billing', undefined],
  ['billing.other', ['10.96.0.2']],
  ['billing.other.svc.cluster.local', ['10.96.0.2']],
  // The first search domain is tried before the name as it is: a short cut, as Istio's agent gives.
  ['billing.other.shop.svc.cluster.local', ['10.96.0.2'], 'billing.other'],
  ['outside.exam.test', ['240.240.0.1']],
  ['outside.exam.test.shop.svc.cluster.local', ['240.240.0.1'], 'outside.exam.test'],
  ['a.wild.exam.test', ['240.240.0.2']],
  ['b.a.wild.exam.test', ['240.240.0.2']],
  ['wild.exam.test', ['240.240.0.3']],
  ['a.wild.exam.test.shop.svc.cluster.local', ['240.240.0.2'], 'a.wild.exam.test'],
  ['far.shop.svc.other.domain', ['10.9.9.9']],
  ['far', undefined],
  ['example.com', undefined],
  ['shop.svc.cluster.local', undefined],
  ['', undefined],
];

for (const [name, v4, canonical] of cases) {
  test(`${name || '(root)'} is ${v4 === undefined ? 'not ours' : v4.join(' ')}`, () => {
    const found = table.find(name);
    assert.deepEqual(found?.v4, v4);
    assert.equal(found?.canonicalName, canonical);
  });
}

test('addresses are told apart by family, and a host without any is left to other resolvers', () => {
  assert.deepEqual(table.find('dual')?.v6, ['fd00::3']);
  assert.deepEqual(table.find('empty.test')?.v4, ['240.240.0.3'], 'the wildcard, as if it had no entry of its own');
});
