// Log lines reach their file in order and completely; a reader that stalls costs lines, never time.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogFiles } from './log-files.ts';

test('lines of all who log to a path are in its file, in order', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = new LogFiles();
  const path = join(folder, 'access.log');
  const expected = Array.from({ length: 20_000 }, (_, index) => `line ${index} é\n`);
  for (const line of expected) files.file(path).write(line);
  await files.close();
  assert.equal(readFileSync(path, 'latin1'), expected.join(''));
  assert.equal(files.stats.counters.lines_dropped, 0);
});

test('what cannot be written is dropped and counted', async () => {
  const files = new LogFiles();
  const file = files.file('/nowhere/access.log');
  for (let index = 0; index < 100; index += 1) file.write('x'.repeat(100_000));
  await files.close();
  const { lines_dropped: dropped, write_failed: failed } = files.stats.counters;
  assert.ok(dropped > 50 && failed > 0, `${dropped} ${failed}`);
});
