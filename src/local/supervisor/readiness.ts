// Waits until the mesh has come up: every pod ready, or long enough not ready to show why and go on without it.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { podKey } from '../pods/pod-context.ts';
import type { PodRuntime } from '../pods/pod-runtime.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import type { StateFolder } from '../state/state-folder.ts';
import type { UpReport } from './up-report.ts';

const lookEveryMs = 25;

export interface ReadinessOptions {
  readonly runtime: PodRuntime;
  readonly state: StateFolder;
  readonly report: UpReport;
  /** What besides pods has to be there. */
  readonly otherwiseReady: () => boolean;
  readonly timeoutMs: number;
}

/** Resolves with the names of the pods that did not become ready in time. */
export async function untilReady(options: ReadinessOptions, signal: AbortSignal): Promise<string[]> {
  const { runtime, report, otherwiseReady, timeoutMs } = options;
  const started = performance.now();
  const told = new Set<PodWorker>();
  while (!signal.aborted) {
    const workers = runtime.workers.filter(({ pod }) => pod.status?.phase !== 'Succeeded');
    const failed = workers.filter(({ pod }) => pod.status?.phase === 'Failed');
    for (const worker of workers.filter((each) => each.ready && !told.has(each))) {
      told.add(worker);
      const seconds = (performance.now() - started) / 1000;
      report.podReady({ name: podKey(worker.pod), address: worker.address, seconds });
    }
    const unready = workers.filter((worker) => !worker.ready);
    const settled = unready.length === failed.length && otherwiseReady();
    if (settled || performance.now() - started > timeoutMs) {
      for (const worker of unready) report.trouble(explain(worker, options));
      return unready.map(({ pod }) => podKey(pod));
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
  return [];
}

function explain(worker: PodWorker, { state, timeoutMs }: ReadinessOptions): string {
  const { namespace = 'default', name } = worker.pod.metadata;
  const container = worker.unreadyContainer;
  const trouble = worker.trouble === '' ? 'it does not become ready' : worker.trouble;
  const lines = [`pod ${podKey(worker.pod)} is not ready after ${timeoutMs / 1000} s: ${trouble}`];
  if (container !== undefined) {
    const tail = lastLines(state.logFile(namespace, name, container), 10);
    lines.push(`  last lines of its container ${container}:`, ...tail.map((line) => `    ${line}`));
    lines.push(`  more: heddle logs ${namespace}/${name} -c ${container}`);
  }
  return lines.join('\n');
}

/** From the file's last 64 KB. */
export function lastLines(file: string, count: number): string[] {
  try {
    const log = openSync(file, 'r');
    const { size } = fstatSync(log);
    const length = Math.min(size, 64 * 1024);
    const tail = Buffer.alloc(length);
    readSync(log, tail, 0, length, size - length);
    closeSync(log);
    return tail.toString('utf8').trimEnd().split('\n').slice(-count);
  } catch {
    // It has not written anything yet.
    return [];
  }
}
