// The time limits of one client's connection. Those that every byte would start over are only looked at now and then.
import { Timer, type TimerOwner, type TimerWheel } from '../../lib/timer-wheel.ts';
import type { HttpServerParts } from './stream.ts';

type RequestTimeout = 'request-header-timeout' | 'request-timeout' | 'stream-idle-timeout' | 'max-duration';
/** `idle`, `duration`: of the connection; `close`: the client had its second to read the last answer. */
export type Timeout = RequestTimeout | 'idle' | 'duration' | 'close';

const flushLimitMs = 60_000;

const counters = {
  'request-header-timeout': 'downstream_rq_header_timeout',
  'request-timeout': 'downstream_rq_timeout',
  'stream-idle-timeout': 'downstream_rq_idle_timeout',
  'max-duration': 'downstream_rq_max_duration_reached',
} as const;

export class ConnectionTimers implements TimerOwner {
  readonly #owner: TimerOwner;
  readonly #wheel: TimerWheel;
  readonly #limits: HttpServerParts['config']['timeouts'];
  readonly #onTimeout: (what: Timeout) => void;
  readonly #idle = new Timer(() => this.#lookAtIdle(), this);
  #streamIdle: Timer | undefined;
  #head: Timer | undefined;
  #request: Timer | undefined;
  #stream: Timer | undefined;
  #duration: Timer | undefined;
  #close: Timer | undefined;
  #streamIdleMs = 0;
  #active = false;
  #lastByteAtMs = performance.now();

  constructor({ timers, config }: HttpServerParts, onTimeout: (what: Timeout) => void, owner: TimerOwner) {
    this.#owner = owner;
    this.#wheel = timers;
    this.#limits = config.timeouts;
    this.#onTimeout = onTimeout;
    if (this.#limits.connectionIdleMs > 0) timers.start(this.#idle, this.#limits.connectionIdleMs);
    const { maxConnectionDurationMs } = this.#limits;
    if (maxConnectionDurationMs === 0) return;
    this.#duration = new Timer(() => onTimeout('duration'), this);
    timers.start(this.#duration, maxConnectionDurationMs);
  }

  onMishap(): void {
    this.#owner.onMishap();
  }

  counterOf(what: RequestTimeout): (typeof counters)[RequestTimeout] {
    return counters[what];
  }

  /** A byte came, or left. */
  touch(): void {
    this.#lastByteAtMs = performance.now();
  }

  /** Part of a head is there. */
  watchHead(on: boolean): void {
    if (this.#limits.requestHeadersMs === 0) return;
    if (!on) {
      if (this.#head) this.#wheel.stop(this.#head);
      return;
    }
    this.#head ??= new Timer(() => this.#onTimeout('request-header-timeout'), this);
    if (!this.#head.running) this.#wheel.start(this.#head, this.#limits.requestHeadersMs);
  }

  /** Its head is there, and not yet all of its body. */
  watchRequest(on: boolean): void {
    if (this.#limits.requestMs === 0) return;
    if (!on) {
      if (this.#request) this.#wheel.stop(this.#request);
      return;
    }
    this.#request ??= new Timer(() => this.#onTimeout('request-timeout'), this);
    this.#wheel.start(this.#request, this.#limits.requestMs);
  }

  watchStream(): void {
    this.#active = true;
    this.limitStream(this.#limits.streamIdleMs, this.#limits.maxStreamDurationMs || Infinity);
  }

  /** In ms; undefined: stays as it was. No limit: 0 of silence, Infinity of the whole. */
  limitStream(idleMs: number | undefined, maxMs: number | undefined): void {
    if (idleMs !== undefined && idleMs !== this.#streamIdleMs) {
      this.#streamIdleMs = idleMs;
      if (this.#streamIdle) this.#wheel.stop(this.#streamIdle);
    }
    if (this.#streamIdleMs > 0 && this.#streamIdle?.running !== true) {
      this.#streamIdle ??= new Timer(() => this.#lookAtStreamIdle(), this);
      this.#wheel.start(this.#streamIdle, this.#streamIdleMs);
    }
    if (maxMs === undefined) return;
    if (this.#stream) this.#wheel.stop(this.#stream);
    if (maxMs === Infinity) return;
    this.#stream ??= new Timer(() => this.#onTimeout('max-duration'), this);
    this.#wheel.start(this.#stream, maxMs);
  }

  watchStreamEnd(): void {
    this.#active = false;
    this.touch();
    if (this.#stream) this.#wheel.stop(this.#stream);
  }

  /** `flushOnly`: nothing but unsent bytes keeps the connection; a client that does not take them loses it at last. */
  watchClose(flushOnly: boolean): void {
    this.#close = new Timer(() => this.#onTimeout('close'), this);
    this.#wheel.start(this.#close, flushOnly ? flushLimitMs : this.#limits.delayedCloseMs || 1000);
  }

  #lookAtIdle(): void {
    const limit = this.#limits.connectionIdleMs;
    const idleMs = this.#active ? 0 : performance.now() - this.#lastByteAtMs;
    if (idleMs >= limit) this.#onTimeout('idle');
    else this.#wheel.start(this.#idle, limit - idleMs);
  }

  #lookAtStreamIdle(): void {
    if (!this.#active) return;
    const limit = this.#streamIdleMs;
    const idleMs = performance.now() - this.#lastByteAtMs;
    if (idleMs >= limit) this.#onTimeout('stream-idle-timeout');
    else this.#wheel.start(this.#streamIdle!, limit - idleMs);
  }

  close(): void {
    const all = [this.#idle, this.#streamIdle, this.#head, this.#request, this.#stream, this.#duration, this.#close];
    for (const timer of all) if (timer) this.#wheel.stop(timer);
  }
}
