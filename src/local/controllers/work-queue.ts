// The controllers' one queue: a key that waits is not queued twice, and what fails is tried again later.
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface WorkQueueOptions {
  /** Synchronous: the store is in this process. What it throws is reported and the key comes back after a while. */
  readonly work: (key: string) => void;
  readonly onError: (key: string, error: unknown) => void;
}

/** What a timer can hold; whoever waits longer looks in between. */
const longestTimerMs = 2 ** 31 - 1;

const firstRetryMs = 20;
const lastRetryMs = 5_000;

/** So many keys are worked off before other things of the process get their turn. */
const batch = 64;

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #run: Promise<void> | undefined;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#waiting.add(key);
    this.#run ??= this.#drain();
  }

  /** A key that is due already keeps its time. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed || this.#timers.has(key)) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      Math.min(delayMs, longestTimerMs),
    );
    this.#timers.set(key, timer);
  }

  /** Resolves once nothing waits; keys that are due later do not count. */
  async idle(): Promise<void> {
    while (this.#run !== undefined) await this.#run;
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #drain(): Promise<void> {
    await nextTurn();
    let done = 0;
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      this.#work(key);
      done += 1;
      if (done % batch === 0) await nextTurn();
    }
    this.#run = undefined;
  }

  #work(key: string): void {
    try {
      this.#options.work(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.#options.onError(key, error);
      this.addAfter(key, Math.min(lastRetryMs, firstRetryMs * 2 ** (failures - 1)));
    }
  }
}
