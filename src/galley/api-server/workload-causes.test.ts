// Pods that are refused: names that would become paths on the host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workloadCauses } from './workload-causes.ts';

function fieldsRefused(spec: object): string[] {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec };
  return workloadCauses('pods', pod).map(({ field }) => field ?? '');
}

const app = { name: 'app', image: 'nginx' };

for (const name of ['..', '../../../tmp/x', 'a/b', 'A', 'a\nb', '-a', 'a'.repeat(64)]) {
  test(`no container, volume or claim is called ${JSON.stringify(name)}`, () => {
    assert.deepEqual(fieldsRefused({ containers: [{ ...app, name }] }), ['spec.containers[0].name']);
    assert.deepEqual(fieldsRefused({ containers: [app], initContainers: [{ ...app, name }] }), [
      'spec.initContainers[0].name',
    ]);
    assert.deepEqual(fieldsRefused({ containers: [app], volumes: [{ name, emptyDir: {} }] }), ['spec.volumes[0].name']);
  });
}

test('a claim’s name stays in the claims’ folder', () => {
  const withClaim = (claim: unknown): string[] =>
    fieldsRefused({ containers: [app], volumes: [{ name: 'data', persistentVolumeClaim: claim }] });
  const field = 'spec.volumes[0].persistentVolumeClaim.claimName';
  for (const claim of [{ claimName: 'x/../../etc' }, { claimName: '..' }, {}, 'text']) {
    assert.deepEqual(withClaim(claim), [field], JSON.stringify(claim));
  }
  assert.deepEqual(withClaim({ claimName: 'data.web-0' }), []);
});

test('what Kubernetes takes is taken', () => {
  assert.deepEqual(fieldsRefused({ containers: [app], volumes: [{ name: 'tmp', emptyDir: {} }] }), []);
});
