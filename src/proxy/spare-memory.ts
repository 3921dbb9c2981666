// Gives memory back to the system. Compiling hot code takes 10 MB of the C library's heap, in pieces among others that stay: glibc
// keeps them for itself until it is told. V8 keeps 10 MB more of what load or a new configuration left behind, and comes for it
// only when there is new load.
import { dropSpareReadBuffers } from './read-buffer.ts';
import { systemFunction } from './system-function.ts';

type Trim = (kept: number) => number;

const everyMs = 2000;
/** Growth since the last time from which on it is worth a millisecond, or a collection once the load is over. */
const worthBytes = 2 << 20;
/** In a process that is larger, a collection takes longer. */
const worthShare = 1 / 16;
/** Below this share of a core nothing much waits for the collector. */
const quietShare = 0.02;
/** Load that comes in bursts should not find its code gone: with a collection before each 3 s burst it took a tenth more CPU. */
const quietMs = 10_000;

/** Until the result is called. Does not keep the process alive. Collects garbage only where Node runs with --expose-gc. */
export function releaseSpareMemory(): () => void {
  const trim = loadTrim();
  let cpu = process.cpuUsage();
  let quietForMs = 0;
  let trimmedTo = 0;
  let collectedTo = 0;
  const timer = setInterval(() => {
    const used = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const resident = process.memoryUsage.rss();
    collectedTo = Math.min(collectedTo, resident);
    quietForMs = used.user + used.system < everyMs * 1000 * quietShare ? quietForMs + everyMs : 0;
    const collect = quietForMs >= quietMs && resident - collectedTo >= Math.max(worthBytes, resident * worthShare);
    if (!collect && resident - trimmedTo < worthBytes) return;
    if (collect) dropGarbage();
    trim?.(0);
    trimmedTo = process.memoryUsage.rss();
    if (collect) collectedTo = trimmedTo;
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The code of what was compiled under load goes, too; what is called again is compiled again. */
function dropGarbage(): void {
  dropSpareReadBuffers();
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** A library other than glibc has no such function, nor the habit that it mends. */
function loadTrim(): Trim | undefined {
  try {
    return systemFunction<Trim>('int malloc_trim(size_t)');
  } catch {
    return undefined;
  }
}
