// Volumes of the host: what a pod may have of it.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Pod } from '../../lib/kubernetes.ts';
import { preparePodVolumes } from './pod-volumes.ts';

function prepare(t: { after(done: () => void): void }, path: (folder: string) => string): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-volumes-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const stateFolder = join(folder, 'state');
  for (const name of ['state', 'state/run', 'data']) mkdirSync(join(folder, name));
  symlinkSync(stateFolder, join(folder, 'link'));
  const volumes = [{ name: 'host', hostPath: { path: path(folder) } }];
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [], volumes } };
  const configs = { get: () => undefined } as never;
  return preparePodVolumes({ pod, podIP: '10.0.0.1', configs, folder, claimsFolder: folder, stateFolder });
}

test('a folder of the host is mounted', (t) => {
  const [volume] = prepare(t, (folder) => join(folder, 'data')) as { name: string; readOnly: boolean }[];
  assert.equal(volume?.readOnly, true);
});

for (const [what, path] of [
  ['the state folder', 'state'],
  ['what lies in it', 'state/run'],
  ['what holds it', ''],
  ['a link to it', 'link'],
] as const) {
  test(`a pod does not get ${what}`, (t) => {
    assert.throws(() => prepare(t, (folder) => join(folder, path)), /state folder/);
  });
}
