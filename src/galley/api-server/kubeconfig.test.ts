// The kubeconfig: what we write we can read, and others' files too.
import assert from 'node:assert/strict';
import test from 'node:test';
import { kubeconfigText, newToken, readKubeconfig } from './kubeconfig.ts';

test('what was written is read back, with a clean server address', () => {
  const address = { server: 'http://127.0.0.1:8001', token: newToken() };
  assert.deepEqual(readKubeconfig(kubeconfigText(address)), address);
});

test('tokens are long and differ', () => {
  assert.ok(newToken().length >= 43);
  assert.notEqual(newToken(), newToken());
});

test('a kubeconfig without current context is refused', () => {
  assert.throws(() => readKubeconfig('{apiVersion: v1, kind: Config}'), { code: 'kubeconfig' });
});
