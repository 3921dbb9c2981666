// Passes bytes between two sockets, both ways, until both sides have ended. Who reads faster than the other writes is stopped.
import type { ByteSink, RawSocket } from './raw-socket.ts';
import { ReadSource, releaseReadBuffer } from '../read-buffer.ts';

/** So much waits to leave before the other side is stopped. */
const fullFrom = 64 << 10;

export interface RelayCounters {
  /** From the client to the upstream, and back. */
  received: number;
  sent: number;
}

export type RelayEnd = 'client' | 'upstream' | 'reset';

export interface RelayOptions {
  readonly downstream: RawSocket;
  readonly upstream: RawSocket;
  /** Which side ended first; once both are closed. */
  readonly onEnd: (first: RelayEnd) => void;
  readonly onPaused: () => void;
}

export class Relay {
  readonly counters: RelayCounters = { received: 0, sent: 0 };
  /** The upstream ended it without an end. */
  upstreamReset = false;
  /** When bytes went either way last; for idle limits. */
  lastActiveMs = performance.now();
  readonly #options: RelayOptions;
  #first: RelayEnd | undefined;
  #open = 2;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { downstream, upstream } = options;
    downstream.sink = new Pipe(this, { from: downstream, to: upstream, side: 'client' });
    upstream.sink = new Pipe(this, { from: upstream, to: downstream, side: 'upstream' });
  }

  passed(side: 'client' | 'upstream', bytes: number): void {
    if (side === 'client') this.counters.received += bytes;
    else this.counters.sent += bytes;
    this.lastActiveMs = performance.now();
  }

  paused(): void {
    this.#options.onPaused();
  }

  failed(side: 'client' | 'upstream'): void {
    this.upstreamReset ||= side === 'upstream';
    this.ended('reset');
  }

  ended(side: RelayEnd): void {
    this.#first ??= side;
  }

  closed(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#options.onEnd(this.#first ?? 'reset');
  }

  close(): void {
    this.#options.downstream.socket.destroy();
    this.#options.upstream.socket.destroy();
  }
}

interface PipeEnds {
  readonly from: RawSocket;
  readonly to: RawSocket;
  readonly side: 'client' | 'upstream';
}

/** One direction. */
class Pipe implements ByteSink {
  readonly #relay: Relay;
  readonly #ends: PipeEnds;
  readonly #source = new ReadSource();

  constructor(relay: Relay, ends: PipeEnds) {
    this.#relay = relay;
    this.#ends = ends;
  }

  readBuffer(): Buffer | undefined {
    return this.#source.next();
  }

  onData(buffer: Buffer, length: number): void {
    const { from, to, side } = this.#ends;
    this.#relay.passed(side, length);
    this.#source.note(length);
    if (!to.socket.writable) return;
    const bytes = buffer.subarray(0, length);
    const held = this.#source.hold();
    if (held === undefined) to.socket.write(Buffer.from(bytes));
    else to.socket.write(bytes, () => releaseReadBuffer(held));
    // What `write` gives is of no use here: it is false for a long chunk that has left at once, too.
    if (to.socket.writableLength < fullFrom) return;
    this.#relay.paused();
    from.stopReading();
  }

  onEnd(): void {
    this.#relay.ended(this.#ends.side);
    this.#ends.to.socket.end();
  }

  onMishap(): void {
    this.#relay.close();
  }

  /** This side's own output has room again: the other one may go on. */
  onDrain(): void {
    this.#ends.to.resumeReading();
  }

  onClose(error: Error | undefined): void {
    if (error === undefined) this.#relay.ended(this.#ends.side);
    else this.#relay.failed(this.#ends.side);
    this.#source.close();
    const { socket } = this.#ends.to;
    // A reset on one side is one on the other; after a clean end what was written still leaves.
    if (error !== undefined) socket.resetAndDestroy();
    else if (!socket.writableEnded) socket.end();
    this.#relay.closed();
  }
}
