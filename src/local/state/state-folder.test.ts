// Where a mesh's state lies, however its folder is named.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { StateFolder } from './state-folder.ts';

test('symbolic links on the way are resolved, also to a folder that is not there yet', (t) => {
  const base = mkdtempSync(join(realpathSync(tmpdir()), 'heddle-state-'));
  t.after(() => rmSync(base, { recursive: true }));
  mkdirSync(join(base, 'real'));
  symlinkSync(join(base, 'real'), join(base, 'link'));
  assert.equal(new StateFolder(join(base, 'link')).path, join(base, 'real'));
  assert.equal(new StateFolder(join(base, 'link/made/later')).path, join(base, 'real/made/later'));
});
