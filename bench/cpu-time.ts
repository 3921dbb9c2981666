// CPU time and memory of a process from the kernel's own accounting.
import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds that all threads of the process have run, from the scheduler. */
export function cpuTimeNs(pid: number): number {
  let total = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      total += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // the thread ended meanwhile; what it ran is lost, which a warmed-up proxy does not do
    }
  }
  return total;
}

/** Resident memory without what is shared with other processes (mapped binaries), in bytes. */
export function privateBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return (kilobytes('Private_Clean') + kilobytes('Private_Dirty')) * 1024;
}

/** Resident memory as `top` shows it, in bytes. */
export function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Rss:\s+(\d+)/m.exec(text)?.[1] ?? 0) * 1024;
}
