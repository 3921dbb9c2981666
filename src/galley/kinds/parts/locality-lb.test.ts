// Which places in a locality setting mean the same in part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueList } from './issue-list.ts';
import { checkLocality, type LocalityBody } from './locality-lb.ts';

function found(setting: LocalityBody): string[] {
  const list = issueList();
  checkLocality(setting, true, 'l', list);
  return list.issues.map(({ path, code }) => `${path} ${code}`);
}

test('weights add up to 100 over places that do not overlap', () => {
  const from = (to: Record<string, number>): LocalityBody => ({ distribute: [{ from: 'eu/a/*', to }] });
  assert.deepEqual(found(from({ 'eu/a/*': 80, 'eu/b/*': 20 })), []);
  assert.deepEqual(found(from({ 'eu/a/*': 70, 'eu/b/*': 20 })), ['l.distribute[0].to crossing']);
  assert.deepEqual(found(from({ 'eu/*': 70, 'eu/b': 30 })), ['l.distribute[0].to duplicate']);
  assert.deepEqual(found(from({ '*/a': 100 })), ['l.distribute[0].to bad-value']);
  assert.deepEqual(found(from({ eu: 0, us: 100 })), ['l.distribute[0].to.eu out-of-range']);
});

test('failover goes from region to another region', () => {
  assert.deepEqual(found({ failover: [{ from: 'eu', to: 'us' }] }), []);
  assert.deepEqual(found({ failover: [{ from: 'eu', to: 'eu' }] }), ['l.failover[0] crossing']);
  assert.deepEqual(found({ failover: [{ from: 'eu/a', to: 'us' }] }), ['l.failover[0] bad-value']);
  assert.deepEqual(found({ failover: [{ from: 'eu', to: 'us' }], failoverPriority: ['topology.kubernetes.io/zone'] }), [
    'l.failoverPriority crossing',
  ]);
});
