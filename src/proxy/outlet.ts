// What goes out of one socket. Pieces that are written during one event of the loop leave together at its end, in one system call.
import type { Socket } from 'node:net';
import { holdReadBuffer, type OwnBuffer, releaseReadBuffer } from './read-buffer.ts';

/** So much does not wait for the end of the event: only the socket knows when it is too much. */
const muchBytes = 64 << 10;

/** Shorter chunks are joined to the text around them: copying costs less than a second buffer in the write. */
const joinedBelow = 8 << 10;

const waiting: Outlet[] = [];

/** At the end of every event that may have written: a read, a timer, a connect. */
export function flushOutlets(): void {
  for (let at = 0; at < waiting.length; at++) waiting[at]!.flush();
  waiting.length = 0;
}

export class Outlet {
  readonly #socket: Socket;
  #text = '';
  #parts: (string | Buffer)[] | undefined;
  #held: OwnBuffer[] | undefined;
  #queued = false;
  /** Payload and framing, since the connection began. */
  bytesWritten = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** True while more than the socket's mark waits to leave: whoever feeds this outlet has to stop until `drain`. */
  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Latin1. */
  text(text: string): void {
    this.#text += text;
    this.bytesWritten += text.length;
    if (!this.#queued) this.#enqueue();
  }

  /** A piece of what was just read: its buffer is held until the piece has left, or the piece is copied. */
  piece(chunk: Buffer): void {
    if (chunk.length < joinedBelow) return this.text(chunk.toString('latin1'));
    const held = holdReadBuffer();
    if (held) (this.#held ??= []).push(held);
    this.owned(held ? chunk : Buffer.from(chunk));
  }

  /** A chunk that nobody else writes to. */
  owned(chunk: Buffer): void {
    this.#parts ??= [];
    if (this.#text !== '') this.#parts.push(this.#text);
    this.#text = '';
    this.#parts.push(chunk);
    this.bytesWritten += chunk.length;
    if (!this.#queued) this.#enqueue();
  }

  #enqueue(): void {
    this.#queued = true;
    waiting.push(this);
  }

  flushMuch(): void {
    if (this.#text.length > muchBytes || this.#parts !== undefined) this.flush();
  }

  flush(): void {
    this.#queued = false;
    const text = this.#text;
    this.#text = '';
    if (this.#parts) return this.#flushParts(text);
    if (text !== '' && this.#socket.writable) this.#socket.write(text, 'latin1');
  }

  #flushParts(last: string): void {
    const parts = this.#parts!;
    const held = this.#held;
    this.#parts = undefined;
    this.#held = undefined;
    if (last !== '') parts.push(last);
    const release = held && ((): void => held.forEach(releaseReadBuffer));
    if (!this.#socket.writable) return release?.();
    if (parts.length > 1) this.#socket.cork();
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at]!;
      const done = at === parts.length - 1 ? release : undefined;
      if (typeof part === 'string') this.#socket.write(part, 'latin1', done);
      else this.#socket.write(part, done);
    }
    if (parts.length > 1) this.#socket.uncork();
  }
}
