// Growing, jittered pauses between attempts, so that many who failed together do not come back together.

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1); a test gives its own. */
  readonly random?: () => number;
}

/** Doubles from `firstMs` up to `maxMs`; each pause is drawn from the upper half of its step. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Milliseconds to wait before the next attempt. */
  nextMs(): number {
    const { firstMs, maxMs, random = Math.random } = this.#options;
    const step = Math.min(maxMs, firstMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return Math.round(step * (0.5 + random() / 2));
  }

  /** After a success: the next failure starts from the first step again. */
  reset(): void {
    this.#attempts = 0;
  }
}
