// A million mutated xDS resources. The seed is printed: HEDDLE_SEED repeats a run.
import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { test } from 'node:test';
import { fuzzDecoders } from '../kit/xds-fuzz.ts';

const inputs = 1_000_000;
const seed = Number(process.env['HEDDLE_SEED'] ?? Date.now() % 2 ** 31);

test(`a million mutated resources (seed ${seed})`, async (context) => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  const { parsed, taken, slowestMs } = fuzzDecoders(inputs, seed);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const blocks = result
    .filter(({ url }) => url.includes('/src/decide/config/'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
  const reached = blocks.filter(({ count }) => count > 0).length;
  context.diagnostic(
    `seed ${seed}: ${parsed} of ${inputs} were messages, ${taken} were taken, slowest ${slowestMs.toFixed(1)} ms`,
  );
  context.diagnostic(`branches reached in decide/config: ${reached} of ${blocks.length}`);
  assert.ok(parsed >= inputs * 0.5, `only ${parsed} of ${inputs} were messages`);
  assert.ok(slowestMs < 1000, `${slowestMs} ms for one`);
});
