// The files that access logs go to: one for each path, however many listeners log to it.
import { LogFile, type LogFileCounters } from './log-file.ts';

export class LogFiles {
  /** `filesystem.*`, by Envoy's names where it has one. */
  readonly stats = {
    prefix: 'filesystem',
    counters: { write_buffered: 0, write_completed: 0, write_failed: 0, lines_dropped: 0 } satisfies LogFileCounters,
    gauges: {},
  };
  readonly #files = new Map<string, LogFile>();

  file(path: string): LogFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = new LogFile(path, this.stats.counters);
      this.#files.set(path, file);
    }
    return file;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }
}
