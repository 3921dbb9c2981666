// `npm test` and `npm run test:long`: brings what the tests need, runs them tier by tier, and ends with what failed and one line of counts.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { TestSummary } from './test-summary.ts';

interface Tier {
  readonly name: string;
  readonly files: readonly string[];
  /** How many test files at once: unit tests share nothing, meshes share the machine. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const long = process.argv.includes('--long');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

const tiers: readonly Tier[] = [
  {
    name: 'unit',
    files: globSync(['src/**/*.test.ts', 'test/*.test.ts', 'test/kit/*.test.ts']),
    concurrency: 2,
    timeoutMs: 120_000,
  },
  {
    name: 'end to end',
    files: globSync(['test/conformance/*.test.ts', 'test/e2e/*.test.ts']),
    concurrency: 1,
    timeoutMs: 300_000,
  },
  { name: 'exam', files: globSync('test/exam/*.test.ts'), concurrency: 1, timeoutMs: 480_000 },
  ...(long ? [{ name: 'long', files: globSync('test/long/*.test.ts'), concurrency: 1, timeoutMs: 3_600_000 }] : []),
];

function prepare(): void {
  for (const script of ['scripts/system-packages.ts', 'scripts/peers.ts', 'scripts/bundle.ts']) {
    const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
}

async function runTier(tier: Tier, summary: TestSummary): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const files = tier.files.filter((file) => only.length === 0 || only.some((part) => file.includes(part))).toSorted();
  if (files.length === 0) return counts;
  const started = performance.now();
  console.log(`\n== ${tier.name}: ${files.length} files`);
  const events = run({ files, concurrency: tier.concurrency, timeout: tier.timeoutMs });
  summary.watch(events);
  const isFile = (name: string): boolean => files.some((file) => name.endsWith(file));
  events.on('test:pass', (event) => {
    if (event.details.type === 'suite' || isFile(event.name)) return;
    if (event.skip !== undefined) counts.skipped += 1;
    else counts.passed += 1;
  });
  events.on('test:fail', (event) => {
    if (event.details.type !== 'suite') counts.failed += 1;
  });
  const lines = events.compose(new spec());
  lines.pipe(process.stdout, { end: false });
  await once(lines, 'end');
  summary.addTier(tier.name, files.length, (performance.now() - started) / 1000);
  return counts;
}

function recordLongRun(total: Counts, seconds: number): void {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  const text = `# Verification

The last full run of \`npm run test:long\`, written by the run itself.

| | |
|---|---|
| date | ${new Date().toISOString().slice(0, 10)} |
| commit | ${commit} |
| machine | ${machine} |
| time | ${Math.round(seconds)} s |
| result | ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped |
`;
  writeFileSync('docs/verification.md', text);
}

const started = performance.now();
prepare();
const summary = new TestSummary();
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const tier of tiers) {
  const counts = await runTier(tier, summary);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
const seconds = (performance.now() - started) / 1000;
if (long && only.length === 0) recordLongRun(total, seconds);
console.log(summary.text());
console.log(`\n${Math.round(seconds)} s`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
