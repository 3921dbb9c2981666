// Repeats one probe for as long as a container runs, and reports when its health turns: thresholds as a kubelet has them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe } from '../../lib/kubernetes.ts';
import type { ProbeOutcome } from '../network/hub-messages.ts';

export interface ProbeLoop {
  readonly probe: Probe;
  readonly attempt: (timeoutMs: number) => Promise<ProbeOutcome>;
  /** Called when a threshold is reached: at the first verdict, and whenever it turns. */
  readonly report: (outcome: ProbeOutcome) => void;
  /** Ask more often than the period until the first success: nobody likes to wait for a pod that is ready. */
  readonly eager: boolean;
}

const eagerStartMs = 40;
const eagerGrowth = 1.3;

/** Ends when the signal aborts. */
export async function runProbeLoop(loop: ProbeLoop, signal: AbortSignal): Promise<void> {
  const { probe, attempt, report } = loop;
  const periodMs = Math.max(1, probe.periodSeconds ?? 10) * 1000;
  const timeoutMs = Math.max(1, probe.timeoutSeconds ?? 1) * 1000;
  let pauseMs = loop.eager ? Math.min(eagerStartMs, periodMs) : periodMs;
  let verdict: boolean | undefined;
  let inRow = 0;
  let last: boolean | undefined;
  let countedAt = Number.NEGATIVE_INFINITY;
  // Who is asked whether it still lives gets a period to come to life.
  const delayMs = (probe.initialDelaySeconds ?? 0) * 1000;
  await pause(loop.eager ? delayMs : Math.max(delayMs, periodMs), signal);
  while (!signal.aborted) {
    const outcome = await attempt(timeoutMs);
    if (signal.aborted) return;
    if (outcome.ok !== last) {
      inRow = 0;
      countedAt = Number.NEGATIVE_INFINITY;
    }
    last = outcome.ok;
    // Eager attempts within one period count once: thresholds are meant as times.
    if (outcome.ok || performance.now() - countedAt >= periodMs) {
      inRow += 1;
      countedAt = performance.now();
    }
    const threshold = outcome.ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (inRow >= threshold && outcome.ok !== verdict) {
      verdict = outcome.ok;
      report(outcome);
    }
    if (verdict === true) pauseMs = periodMs;
    else pauseMs = Math.min(periodMs, pauseMs * eagerGrowth);
    await pause(pauseMs, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0 && !signal.aborted) await sleep(ms, undefined, { signal }).catch(() => undefined);
}
