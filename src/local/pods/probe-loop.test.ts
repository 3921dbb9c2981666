// Probes: thresholds, first verdicts, and how soon they come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Probe } from '../../lib/kubernetes.ts';
import { runProbeLoop } from './probe-loop.ts';

/** Plays the answers, then repeats the last one; resolves with the verdicts of the first `limitMs`. */
async function verdicts(
  probe: Probe,
  answers: readonly boolean[],
  eager: boolean,
  limitMs: number,
): Promise<boolean[]> {
  const found: boolean[] = [];
  let asked = 0;
  const attempt = async (): Promise<{ ok: boolean; message: string }> => {
    const ok = answers[Math.min(asked, answers.length - 1)] ?? false;
    asked += 1;
    return { ok, message: '' };
  };
  await runProbeLoop({ probe, attempt, report: ({ ok }) => found.push(ok), eager }, AbortSignal.timeout(limitMs));
  return found;
}

test('an eager probe finds a pod ready long before its period is over', async () => {
  assert.deepEqual(await verdicts({ periodSeconds: 10 }, [false, false, true], true, 400), [true]);
});

test('quick attempts do not use up the failures that a period allows', async () => {
  assert.deepEqual(await verdicts({ periodSeconds: 10, failureThreshold: 2 }, [false], true, 400), []);
});

test('it turns only at its threshold, and tells each turn once', async () => {
  const probe = { periodSeconds: 1, failureThreshold: 1, successThreshold: 1 };
  assert.deepEqual(await verdicts(probe, [true, false, false, false], true, 2_600), [true, false]);
});

test('liveness is first asked after a period', async () => {
  assert.deepEqual(await verdicts({ periodSeconds: 1, failureThreshold: 1 }, [false], false, 500), []);
});
