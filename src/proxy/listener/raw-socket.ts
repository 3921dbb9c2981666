// A TCP socket without events or copies on its way in: `onread` (documented in node:net) reads into a buffer that all share,
// and a sink takes what is read.
import { Socket } from 'node:net';
import { reportMishap } from '../mishaps.ts';

/** Takes over a socket. Calls never overlap, and none comes after `onClose`. */
export interface ByteSink {
  /** Bytes 0 to `length` of a buffer that the next read overwrites: what is kept has to be copied. */
  onData(buffer: Buffer, length: number): void;
  /** The peer sends no more, and may still read. */
  onEnd(): void;
  /** What was written has left: for whoever stopped when `write` gave false. */
  onDrain(): void;
  /** Exactly once. */
  onClose(error: Error | undefined): void;
  /** One of the calls above threw, and the socket is closed after this: what depends on it is told now. */
  onMishap?(): void;
  /** Where the next read goes, if not into the buffer shared by all. For bytes that are passed on without being read. */
  readBuffer?(): Buffer | undefined;
}

/** All sockets read into it, one after the other. */
export const sharedBuffer: Buffer = Buffer.allocUnsafeSlow(64 << 10);

const nobody: ByteSink = { onData: noop, onEnd: noop, onDrain: noop, onClose: noop };
function noop(): void {}

export class RawSocket {
  readonly socket: Socket;
  /** Whoever has the socket; set by the one who takes it over. */
  sink: ByteSink = nobody;
  /** After the sink has heard it; for whoever keeps count. */
  onClosed: (() => void) | undefined;
  #closed = false;
  #readBuffer: Buffer = sharedBuffer;
  #hasBuffer = false;
  #kept: Buffer | undefined;

  /** `handle` is libuv's, as a server's callback gets it; without one the socket is to be connected. Reads after `start`. */
  constructor(handle?: unknown) {
    this.socket = new Socket({
      ...(handle === undefined ? {} : { handle }),
      allowHalfOpen: true,
      // Not in the documentation: without it a socket made of a handle reads at once, before anybody is there to listen.
      manualStart: true,
      onread: { buffer: () => this.#nextBuffer(), callback: (length: number) => this.#onRead(length) },
    } as object);
    this.#listen();
  }

  #listen(): void {
    let failure: Error | undefined;
    this.socket.on('error', (error) => (failure = error));
    this.socket.on('end', () => this.#onEnd());
    this.socket.on('drain', () => this.#onDrain());
    this.socket.on('close', () => {
      this.#closed = true;
      this.#onClose(failure);
    });
  }

  #onEnd(): void {
    try {
      this.sink.onEnd();
    } catch (error) {
      this.fail(error);
    }
  }

  #onDrain(): void {
    try {
      this.sink.onDrain();
    } catch (error) {
      this.fail(error);
    }
  }

  #onClose(failure: Error | undefined): void {
    try {
      this.sink.onClose(failure);
    } catch (error) {
      this.fail(error);
    }
    try {
      this.onClosed?.();
    } catch (error) {
      reportMishap(error);
    }
  }

  /** Whoever has the socket did not expect this: it can serve nobody any more. */
  fail(error: unknown): void {
    reportMishap(error);
    try {
      this.sink.onMishap?.();
    } catch (another) {
      reportMishap(another);
      this.socket.destroy();
    }
    if (this.sink.onMishap === undefined) this.socket.destroy();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Asked by the socket at its start and after each read; undefined leaves the buffer as it is. */
  #nextBuffer(): Buffer | undefined {
    const next = this.sink.readBuffer?.() ?? sharedBuffer;
    if (next === this.#readBuffer && this.#hasBuffer) return undefined;
    this.#hasBuffer = true;
    this.#readBuffer = next;
    return next;
  }

  #onRead(length: number): boolean {
    try {
      this.sink.onData(this.#readBuffer, length);
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  /** For the next sink: bytes that were read already. A copy is taken. */
  keep(bytes: Buffer | undefined): void {
    if (bytes !== undefined) this.#kept = Buffer.from(bytes);
  }

  /** Begins to read, with what was kept. */
  start(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) this.sink.onData(kept, kept.length);
    if (!this.#closed) this.socket.resume();
  }

  stopReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    this.socket.resume();
  }
}
