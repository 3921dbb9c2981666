// What was answered survives the death of the process, however it dies.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { ObjectStore } from './object-store.ts';

const writer = `
  import { ObjectStore } from ${JSON.stringify(new URL('object-store.ts', import.meta.url).href)};
  const store = new ObjectStore({ dbFile: process.argv[1] });
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  for (let i = 0; ; i += 1) {
    const name = 'm' + i;
    const { metadata } = store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
    if (i % 3 === 2) store.delete({ resource: 'configmaps', namespace: 'default', name: 'm' + (i - 1) });
    process.stdout.write(i + ' ' + metadata.resourceVersion + '\\n');
    await new Promise(setImmediate);
  }
`;

test('kill -9 between writes loses nothing that was answered, and resourceVersions never go back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-crash-'));
  const dbFile = join(folder, 'api.db');
  try {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer, dbFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let last = [0, 0];
    for await (const line of createInterface(child.stdout)) {
      last = line.split(' ').map(Number);
      if ((last[0] ?? 0) >= 100) break;
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [count = 0, resourceVersion = 0] = last;
    const store = new ObjectStore({ dbFile });
    assert.ok(store.resourceVersion >= resourceVersion);
    for (let i = 0; i <= count; i += 1) {
      // Each third write deleted the one before it.
      const deleted = i % 3 === 1 && i + 1 < count;
      const found = store.get('configmaps', 'default', `m${i}`) !== undefined;
      if (deleted) assert.equal(found, false, `m${i} was deleted`);
      else if (i % 3 !== 1) assert.equal(found, true, `m${i} was answered`);
    }
    store.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
