// Gives memory back to the system. Compiling hot code takes 10 MB of the C library's heap, in pieces among others that stay: glibc
// keeps them for itself until it is told, V8's own collector does not know of them.
import { systemFunction } from './system-function.ts';

type Trim = (kept: number) => number;

const everyMs = 5000;
/** Growth since the last time from which on it is worth a millisecond. */
const worthBytes = 2 << 20;

/** Until the result is called. Does not keep the process alive. */
export function releaseSpareMemory(): () => void {
  const trim = loadTrim();
  if (trim === undefined) return () => {};
  let residentBytes = 0;
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() - residentBytes < worthBytes) return;
    trim(0);
    residentBytes = process.memoryUsage.rss();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** A library other than glibc has no such function, nor the habit that it mends. */
function loadTrim(): Trim | undefined {
  try {
    return systemFunction<Trim>('int malloc_trim(size_t)');
  } catch {
    return undefined;
  }
}
