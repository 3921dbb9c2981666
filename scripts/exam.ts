// `npm run exam -- [--proxy embedded|envoy] [--json FILE] PATH...`: runs cases of the exam against a mesh of `heddle up`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from '../test/exam/bench.ts';
import { examFolder, readCases } from '../test/exam/case.ts';
import { runCase } from '../test/exam/run-case.ts';

const usage = `usage: npm run exam -- [--proxy embedded|envoy] [--json FILE] [PATH...]
  PATH   a case file, a folder of them, a topic (vs-match) or a case (vs-match-001); all cases when left out
  example: npm run exam -- --proxy envoy vs-match dr-subset`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    proxy: { type: 'string', default: 'envoy' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const cases = readCases(positionals.length > 0 ? positionals : [join(examFolder(), 'cases')]);
console.log(`${cases.length} cases, sidecar ${values.proxy}`);
const bench = await Bench.start(values.proxy);
const results: { name: string; topic: string; differences: string[]; ms: number }[] = [];
let interrupted = false;
process.once('SIGINT', () => (interrupted = true));
try {
  for (const examCase of cases) {
    if (interrupted) break;
    const started = performance.now();
    const differences = await runCase(bench, examCase);
    results.push({
      name: examCase.name,
      topic: examCase.topic,
      differences,
      ms: Math.round(performance.now() - started),
    });
    if (differences.length === 0) continue;
    console.log(`${examCase.name}: ${examCase.about}`);
    for (const difference of differences) console.log(`  ${difference}`);
  }
} finally {
  await bench.stop();
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
const failed = results.filter(({ differences }) => differences.length > 0).length;
const skipped = cases.length - results.length;
console.log(`${results.length - failed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && skipped === 0 ? 0 : 1;
