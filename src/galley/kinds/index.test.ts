// Kinds are found by apiVersion and kind; what is not found comes with a guess.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceDefinitions } from '../api-server/resource-definitions.ts';
import { configKinds, lookupKind } from './index.ts';

test('every version of a kind is the kind', () => {
  for (const version of ['v1', 'v1beta1', 'v1alpha3']) {
    const lookup = lookupKind(`networking.istio.io/${version}`, 'VirtualService');
    assert.equal(lookup.found, 'kind');
  }
});

test('the API serves every kind that Galley reads, in the same versions and under the same plural', () => {
  for (const { group, kind, plural, versions, namespaced } of configKinds) {
    const served = resourceDefinitions.find((each) => each.group === group && each.kind === kind);
    assert.partialDeepStrictEqual(served, { plural, versions, namespaced }, kind);
  }
});

test("Kubernetes' other kinds are passed by, Istio's other kinds are to come", () => {
  assert.equal(lookupKind('apps/v1', 'Deployment').found, 'foreign');
  assert.equal(lookupKind('v1', 'Secret').found, 'foreign');
  assert.equal(lookupKind('security.istio.io/v1', 'AuthorizationPolicy').found, 'to-come');
  assert.equal(lookupKind('gateway.networking.k8s.io/v1', 'Gateway').found, 'to-come');
});

test('a wrong name or group is answered with the right one', () => {
  const hint = (apiVersion: string, kind: string): string | undefined => {
    const lookup = lookupKind(apiVersion, kind);
    return lookup.found === 'unknown' ? lookup.issue.hint : undefined;
  };
  assert.equal(hint('networking.istio.io/v1', 'VirtualSerivce'), 'did you mean `VirtualService`?');
  assert.equal(
    hint('networking.istio.io/v2', 'VirtualService'),
    'use networking.istio.io/v1, networking.istio.io/v1beta1, networking.istio.io/v1alpha3',
  );
  assert.equal(hint('v1', 'Deployment'), 'Deployment is of group `apps`');
  assert.equal(hint('networking.istio.io/v1', 'Service'), 'Service is of apiVersion `v1`');
  assert.equal(hint('example.com/v1', 'Zebra'), undefined);
});
