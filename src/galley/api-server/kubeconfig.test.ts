// The kubeconfig: what we write is read back by whoever reads kubeconfigs.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { readClusterAccess } from '../sources/cluster-access.ts';
import { kubeconfigText, newToken } from './kubeconfig.ts';

test('what was written is read back', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-kubeconfig-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const address = { server: 'http://127.0.0.1:8001', token: newToken() };
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(address));
  const { server, token } = readClusterAccess(join(folder, 'kubeconfig'));
  assert.deepEqual({ server: server.origin, token: token() }, address);
  // kubectl sends no token over plain HTTP; the password it does send.
  assert.equal(server.password, address.token);
});

test('tokens are long and differ', () => {
  assert.ok(newToken().length >= 43);
  assert.notEqual(newToken(), newToken());
});
