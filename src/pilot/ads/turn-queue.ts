// Gives each stream its turn, in slices, so that a push to a thousand proxies does not keep the process from reading.
import type { ProxyStream } from './proxy-stream.ts';

const sliceMs = 10;

export class TurnQueue {
  readonly #waiting: Set<ProxyStream> = new Set();
  readonly #afterSlice: () => void;
  #scheduled = false;

  constructor(afterSlice: () => void) {
    this.#afterSlice = afterSlice;
  }

  get empty(): boolean {
    return this.#waiting.size === 0;
  }

  add(stream: ProxyStream): void {
    this.#waiting.add(stream);
    this.#schedule();
  }

  remove(stream: ProxyStream): void {
    this.#waiting.delete(stream);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    const end = performance.now() + sliceMs;
    for (const stream of this.#waiting) {
      this.#waiting.delete(stream);
      stream.advance();
      if (performance.now() > end) break;
    }
    if (this.#waiting.size > 0) this.#schedule();
    this.#afterSlice();
  }
}
