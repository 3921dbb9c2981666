// Compares text with a file in `testdata/` beside the test; `UPDATE_GOLDEN=1` writes it instead.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `testUrl` is the test's `import.meta.url`. */
export function assertGolden(testUrl: string, name: string, actual: string): void {
  const file = fileURLToPath(new URL(`testdata/${name}`, testUrl));
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  assert.equal(actual, readFileSync(file, 'utf8'), `differs from testdata/${name}; UPDATE_GOLDEN=1 accepts it`);
}
