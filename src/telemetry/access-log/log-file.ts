// A log's file: lines are gathered and written together, in the background. A reader that does not keep up loses lines, which
// are counted; it never holds a request back.
import { close, open, write } from 'node:fs';

/** Lines wait at most this long. */
const flushMs = 200;
/** So much is written at once, without waiting for the time. */
const flushBytes = 64 << 10;
/** Past this, lines are dropped. */
const maxPendingBytes = 4 << 20;
/** A full pipe that does not block is tried again. */
const retryMs = 20;

export interface LogFileCounters {
  write_buffered: number;
  write_completed: number;
  write_failed: number;
  lines_dropped: number;
}

export class LogFile {
  readonly #path: string;
  readonly #counters: LogFileCounters;
  #descriptor: number | undefined;
  #lines: string[] = [];
  /** Bytes. */
  #pending = 0;
  #writing = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(path: string, counters: LogFileCounters) {
    this.#path = path;
    this.#counters = counters;
  }

  /** `line` with its line break, a byte a character (latin1), as header values are held. */
  write(line: string): void {
    if (this.#pending + line.length > maxPendingBytes || this.#closed) {
      this.#counters.lines_dropped += 1;
      return;
    }
    this.#counters.write_buffered += 1;
    this.#lines.push(line);
    this.#pending += line.length;
    if (this.#writing) return;
    if (this.#pending >= flushBytes) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing || this.#lines.length === 0) return this.#idle();
    this.#writing = true;
    const bytes = Buffer.from(this.#lines.join(''), 'latin1');
    this.#lines = [];
    this.#open((descriptor) => this.#writeAll(descriptor, bytes));
  }

  /** The descriptor that is there already is taken for standard output: its path may be another user's, or a socket. */
  #open(then: (descriptor: number) => void): void {
    const standard = ['/dev/stdout', '/dev/stderr'].indexOf(this.#path);
    if (standard >= 0) return then(standard + 1);
    if (this.#descriptor !== undefined) return then(this.#descriptor);
    open(this.#path, 'a', 0o644, (error, descriptor) => {
      if (error !== null) return this.#written(false);
      this.#descriptor = descriptor;
      then(descriptor);
    });
  }

  #writeAll(descriptor: number, bytes: Buffer): void {
    write(descriptor, bytes, (error, written) => {
      const isFull = error?.code === 'EAGAIN';
      if (error !== null && !isFull) return this.#written(false);
      const rest = bytes.subarray(isFull ? 0 : written);
      if (rest.length === 0) return this.#written(true);
      setTimeout(() => this.#writeAll(descriptor, rest), isFull ? retryMs : 0);
    });
  }

  #written(completed: boolean): void {
    if (completed) this.#counters.write_completed += 1;
    else this.#counters.write_failed += 1;
    this.#writing = false;
    this.#pending = this.#lines.reduce((sum, line) => sum + line.length, 0);
    if (this.#lines.length > 0) this.#flush();
    else this.#idle();
  }

  #idle(): void {
    if (!this.#writing) this.#whenIdle?.();
  }

  /** Resolves when all that was logged has been written, or given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      this.#flush();
    });
    if (this.#descriptor !== undefined) close(this.#descriptor);
  }
}
