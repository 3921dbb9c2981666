// Many timers behind one of Node's: starting and stopping costs a few pointer writes and allocates nothing. A hierarchical
// wheel (Varghese and Lauck, scheme 7): each of the four levels is 64 times coarser than the one below.

const slotCount = 64;
const levelCount = 4;
/** Ticks that one slot of a level spans. */
const spans: readonly number[] = [1, 64, 64 ** 2, 64 ** 3];

/** Told when a timer's own function threw. */
export interface TimerOwner {
  onMishap(): void;
}

/** Made once by its owner and started as often as needed. In a slot's ring while it runs. */
export class Timer {
  readonly fire: () => void;
  readonly owner: TimerOwner | undefined;
  /** The wheel's own; `next` is undefined while the timer stands. */
  dueTick = 0;
  next: Timer | undefined;
  previous: Timer | undefined;

  constructor(fire: () => void, owner?: TimerOwner) {
    this.fire = fire;
    this.owner = owner;
  }

  get running(): boolean {
    return this.next !== undefined;
  }
}

const nothing = (): void => {};

function emptyRing(): Timer {
  const head = new Timer(nothing);
  head.next = head;
  head.previous = head;
  return head;
}

export interface WheelClock {
  now(): number;
  /** Calls `tick` after about that time; a new call replaces the one before. */
  wake(afterMs: number, tick: () => void): void;
  cancel(): void;
}

/** Does not keep the process alive. */
function systemClock(): WheelClock {
  let timeout: NodeJS.Timeout | undefined;
  return {
    now: () => performance.now(),
    wake(afterMs, tick) {
      if (timeout) clearTimeout(timeout);
      timeout = setTimeout(tick, afterMs).unref();
    },
    cancel() {
      if (timeout) clearTimeout(timeout);
      timeout = undefined;
    },
  };
}

export class TimerWheel {
  readonly #levels = Array.from({ length: levelCount }, () => Array.from({ length: slotCount }, emptyRing));
  readonly #clock: WheelClock;
  readonly #tickMs: number;
  readonly #startMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #onWake = (): void => this.#advance();
  #tick = 0;
  /** When the clock is going to wake us; infinite: not at all. */
  #wakeTick = Number.POSITIVE_INFINITY;

  /** `onError`: a timer threw. The others fire all the same. */
  constructor(tickMs = 4, clock: WheelClock = systemClock(), onError: (error: unknown) => void = throwLater) {
    this.#onError = onError;
    this.#tickMs = tickMs;
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  /** Starts, or starts over. Never fires early; late by at most a tick and what the event loop takes. At most 18 hours. */
  start(timer: Timer, delayMs: number): void {
    if (timer.next) unlink(timer);
    const elapsedMs = this.#clock.now() - this.#startMs;
    const furthest = this.#tick + slotCount ** levelCount - spans[levelCount - 1]!;
    const due = Math.min(Math.ceil((elapsedMs + delayMs) / this.#tickMs), furthest);
    timer.dueTick = Math.max(due, this.#tick + 1);
    this.#insert(timer);
    if (timer.dueTick < this.#wakeTick) this.#wakeAt(Math.max(timer.dueTick, this.#tick + 1));
  }

  stop(timer: Timer): void {
    if (timer.next) unlink(timer);
  }

  close(): void {
    this.#clock.cancel();
    this.#wakeTick = Number.POSITIVE_INFINITY;
  }

  #insert(timer: Timer): void {
    const due = Math.max(timer.dueTick, this.#tick + 1);
    let level = 0;
    while (level < levelCount - 1 && slotOf(due, level) - slotOf(this.#tick, level) >= slotCount) level++;
    const head = this.#levels[level]![slotOf(due, level) % slotCount]!;
    const last = head.previous!;
    timer.next = head;
    timer.previous = last;
    last.next = timer;
    head.previous = timer;
  }

  #advance(): void {
    this.#wakeTick = Number.POSITIVE_INFINITY;
    const nowTick = Math.floor((this.#clock.now() - this.#startMs) / this.#tickMs);
    for (;;) {
      const next = this.#nextTick();
      if (next > nowTick) {
        this.#tick = Math.max(this.#tick, Math.min(nowTick, next - 1));
        if (next !== Number.POSITIVE_INFINITY && next < this.#wakeTick) this.#wakeAt(next);
        return;
      }
      this.#runTick(next);
    }
  }

  /** Coarser slots that begin here are spread over the finer ones, then what is due fires. */
  #runTick(tick: number): void {
    this.#tick = tick;
    const due: Timer[] = [];
    for (let level = levelCount - 1; level >= 0; level--) {
      if (tick % spans[level]! !== 0) continue;
      const head = this.#levels[level]![slotOf(tick, level) % slotCount]!;
      while (head.next !== head) {
        const timer = head.next!;
        unlink(timer);
        if (timer.dueTick > tick) this.#insert(timer);
        else due.push(timer);
      }
    }
    // A timer may stop another one, or start it over, while they fire: marked by its own place in a ring of this tick.
    for (const timer of due) this.#link(timer);
    for (const timer of due) {
      if (timer.next === undefined || timer.dueTick > tick) continue;
      unlink(timer);
      this.#fire(timer);
    }
  }

  #fire(timer: Timer): void {
    try {
      timer.fire();
    } catch (error) {
      this.#onError(error);
      this.#tellOwner(timer);
    }
  }

  #tellOwner({ owner }: Timer): void {
    try {
      owner?.onMishap();
    } catch (error) {
      this.#onError(error);
    }
  }

  readonly #firing = emptyRing();

  #link(timer: Timer): void {
    const last = this.#firing.previous!;
    timer.next = this.#firing;
    timer.previous = last;
    last.next = timer;
    this.#firing.previous = timer;
  }

  /** The first tick at which a slot that holds something begins. */
  #nextTick(): number {
    let first = Number.POSITIVE_INFINITY;
    for (let level = 0; level < levelCount; level++) {
      const base = slotOf(this.#tick, level);
      for (let ahead = 1; ahead < slotCount; ahead++) {
        const head = this.#levels[level]![(base + ahead) % slotCount]!;
        if (head.next === head) continue;
        first = Math.min(first, (base + ahead) * spans[level]!);
        break;
      }
    }
    return first;
  }

  #wakeAt(tick: number): void {
    this.#wakeTick = tick;
    const afterMs = this.#startMs + tick * this.#tickMs - this.#clock.now();
    this.#clock.wake(Math.max(1, Math.ceil(afterMs)), this.#onWake);
  }
}

/** Where nobody takes it: the wheel has to go on, and the process ends as it would have. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function slotOf(tick: number, level: number): number {
  return Math.floor(tick / spans[level]!);
}

function unlink(timer: Timer): void {
  timer.previous!.next = timer.next;
  timer.next!.previous = timer.previous;
  timer.next = undefined;
  timer.previous = undefined;
}
