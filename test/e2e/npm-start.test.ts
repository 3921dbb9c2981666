// The two commands of the README, as a newcomer types them: a fresh clone below a home that only its owner may enter.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { leftSince, processesWith, type Snapshot, snapshot } from '../kit/leftovers.ts';
import { checkout } from '../kit/mesh.ts';

const page = 'http://localhost:8080/productpage';
const limitMs = 20_000;

let home: string;
let clone: string;
let atFirst: Snapshot;

before(() => {
  atFirst = snapshot();
  home = mkdtempSync(join(tmpdir(), 'heddle-home-'));
  chmodSync(home, 0o700);
  clone = join(home, 'heddle');
  execFileSync('git', ['clone', '--quiet', checkout, clone]);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: clone, stdio: 'ignore', timeout: 240_000 });
});

after(() => rmSync(home, { recursive: true, force: true }));

function start(): { child: ChildProcess; output: () => string } {
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: '' };
  const child = spawn('npm', ['start'], { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const chunks: string[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return { child, output: () => chunks.join('') };
}

async function untilPage(child: ChildProcess, output: () => string): Promise<number> {
  const started = performance.now();
  for (;;) {
    try {
      const response = await fetch(page, { signal: AbortSignal.timeout(2000) });
      const text = await response.text();
      if (response.status === 200 && /Book Details/.test(text) && /Reviews served by/.test(text))
        return performance.now() - started;
    } catch {
      // nothing listens there yet
    }
    assert.equal(child.exitCode, null, output());
    assert.ok(performance.now() - started < 60_000, `no product page in 60 s:\n${output()}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

test('npm start: product page within 20 s, says what to try next, and Ctrl-C leaves nothing behind', async (t) => {
  const { child, output } = start();
  const ended = once(child, 'exit');
  try {
    const ms = await untilPage(child, output);
    t.diagnostic(`product page after ${Math.round(ms)} ms`);
    assert.ok(ms < limitMs, `${ms} ms:\n${output()}`);
    while (!output().includes('reviews-90-10')) {
      assert.equal(child.exitCode, null, output());
      await new Promise((wake) => setTimeout(wake, 50));
    }
    assert.match(output(), /localhost:8080\/productpage/);
  } finally {
    // As the terminal does on Ctrl-C: to the whole foreground group.
    process.kill(-child.pid!, 'SIGINT');
    await ended;
  }
  assert.ok(!existsSync(join(clone, '.cache')), 'it needs nothing but what npm brought');
  assert.deepEqual(leftSince(atFirst), []);
  assert.deepEqual(processesWith(home), []);
});
