// Remembers how to end what was started, and ends it in the opposite order, once, whatever fails on the way.

type Step = () => Promise<void> | void;

export class ClosingStack {
  readonly #steps: Step[] = [];
  readonly #onError: (error: unknown) => void;
  #closed: Promise<void> | undefined;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** What was started while everything is already ending is ended as well, after the rest. */
  add(step: Step): void {
    if (this.#closed === undefined) this.#steps.push(step);
    else this.#closed = this.#closed.then(() => this.#take(step));
  }

  async close(): Promise<void> {
    this.#closed ??= this.#run();
    await this.#closed;
  }

  async #run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await this.#take(step);
  }

  async #take(step: Step): Promise<void> {
    try {
      await step();
    } catch (error) {
      // One thing that does not end must not keep the others.
      this.#onError(error);
    }
  }
}
