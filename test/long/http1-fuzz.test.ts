// A million mutated HTTP/1.1 messages. The seed is printed: HEDDLE_SEED repeats a run.
import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { test } from 'node:test';
import { fuzzHttp1 } from '../kit/http1-fuzz.ts';

const inputs = Number(process.env['HEDDLE_INPUTS'] ?? 1_000_000);
const seed = Number(process.env['HEDDLE_SEED'] ?? Date.now() % 2 ** 31);

test(`${inputs} mutated HTTP/1.1 messages, the same whole and in pieces (seed ${seed})`, async (context) => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  const { heads, refused, slowestMs } = fuzzHttp1(inputs, seed);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const blocks = result
    .filter(({ url }) => url.includes('/src/proxy/http1/'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
  const reached = blocks.filter(({ count }) => count > 0).length;
  context.diagnostic(
    `seed ${seed}: ${heads} of ${inputs} had a head, ${refused} were refused, slowest ${slowestMs.toFixed(1)} ms`,
  );
  context.diagnostic(`branches reached in proxy/http1: ${reached} of ${blocks.length}`);
  assert.ok(heads >= inputs * 0.5, `only ${heads} of ${inputs} had a head`);
  assert.ok(refused >= inputs * 0.1, `only ${refused} of ${inputs} were refused`);
  assert.ok(slowestMs < 1000, `${slowestMs} ms for one`);
});
