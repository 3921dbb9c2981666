// One resource has one id, however its document is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceIdOf, resourceKey } from './resource-id.ts';

function keyOf(apiVersion: string, kind: string, metadata: unknown): string | undefined {
  const id = resourceIdOf({ apiVersion, kind, metadata }, 'shop');
  return id === undefined ? undefined : resourceKey(id);
}

test('versions of a kind are one resource', () => {
  const keys = ['v1', 'v1beta1', 'v1alpha3'].map((version) =>
    keyOf(`networking.istio.io/${version}`, 'Gateway', { name: 'a' }),
  );
  assert.deepEqual(new Set(keys), new Set(['networking.istio.io/Gateway/shop/a']));
  assert.equal(
    keyOf('gateway.networking.k8s.io/v1', 'Gateway', { name: 'a' }),
    'gateway.networking.k8s.io/Gateway/shop/a',
  );
});

test('a namespace is given only to what is in one', () => {
  assert.equal(keyOf('v1', 'Service', { name: 'a', namespace: 'own' }), '/Service/own/a');
  assert.equal(keyOf('v1', 'Namespace', { name: 'a', namespace: 'odd' }), '/Namespace//a');
  assert.equal(keyOf('apps/v1', 'Deployment', { name: 'a' }), 'apps/Deployment/shop/a');
  assert.equal(
    keyOf('rbac.authorization.k8s.io/v1', 'ClusterRole', { name: 'a' }),
    'rbac.authorization.k8s.io/ClusterRole//a',
  );
  assert.equal(keyOf('example.com/v1', 'Thing', { name: 'a' }), 'example.com/Thing//a');
  assert.equal(keyOf('example.com/v1', 'Thing', { name: 'a', namespace: 'own' }), 'example.com/Thing/own/a');
});

test('what does not name itself has none', () => {
  assert.equal(keyOf('v1', 'Service', {}), undefined);
  assert.equal(keyOf('v1', 'Service', { name: 7 }), undefined);
  assert.equal(resourceIdOf(null), undefined);
  assert.equal(resourceIdOf({ kind: 'Service', metadata: { name: 'a' } }), undefined);
});
