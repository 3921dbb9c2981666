// `npm run check`: format, types, lint, layers and unit tests, two at a time, in under a minute.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const unitTests = globSync(['src/**/*.test.ts', 'test/*.test.ts']).toSorted();
/** Many files to a process: starting one takes longer than most files. In `npm test` each file has a process of its own. */
const unitProcesses = 4;
const share = (index: number): string[] => unitTests.filter((_file, at) => at % unitProcesses === index);

const steps: readonly Step[] = [
  { name: 'format', command: 'biome', args: ['format', '.'] },
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--quiet'] },
  ...Array.from({ length: unitProcesses }, (_, index) => ({
    name: `unit tests and layers, ${index + 1} of ${unitProcesses}`,
    command: 'node',
    // Forced, or a failed test that left something open would keep the process; in `npm test` nothing is forced.
    args: ['--test', '--test-isolation=none', '--test-force-exit', '--test-reporter=dot', ...share(index)],
  })),
];

/** A test that never ends is told by its step, not by whoever waits for the whole. */
const limitMs = 240_000;

interface Result {
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

function run(step: Step): Promise<Result> {
  const started = performance.now();
  return new Promise((resolve) => {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const child = spawn(step.command, step.args, { stdio: [...stdio], timeout: limitMs });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const done = (ok: boolean, extra = ''): void =>
      resolve({ ok, output: Buffer.concat(chunks).toString() + extra, seconds: (performance.now() - started) / 1000 });
    child.on('error', (error) => done(false, `${step.command}: ${error.message}. Run it through npm: npm run check\n`));
    child.on('close', (code, signal) =>
      done(code === 0, signal === null ? '' : `${step.name}: not done after ${limitMs / 1000} s\n`),
    );
  });
}

/** More at once gain nothing, and tests that wait for something would wait in vain. */
const atOnce = 2;
const results: Result[] = [];
let next = 0;
async function work(): Promise<void> {
  for (let step = steps[next++]; step !== undefined; step = steps[next++]) {
    const result = await run(step);
    console.log(`${result.ok ? 'ok  ' : 'FAIL'} ${step.name} (${result.seconds.toFixed(1)} s)`);
    results.push(result);
  }
}
await Promise.all(Array.from({ length: atOnce }, work));
for (const result of results) if (!result.ok) process.stdout.write(`\n${result.output}`);
process.exitCode = results.every((result) => result.ok) ? 0 : 1;
