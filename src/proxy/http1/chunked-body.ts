// The chunked coding: RFC 9112 section 7.1. Sizes are hexadecimal digits and nothing else, lines end in CRLF; extensions are dropped.
import { carriageReturn, hexDigit, lineFeed, valueByte } from './byte-class.ts';
import type { Http1Problem } from './problem.ts';

const semicolon = 59;
/** Leading zeros included. */
const maxSizeDigits = 16;
const maxSize = 2 ** 52;

type ChunkState = 'size' | 'extension' | 'size-end' | 'data' | 'data-cr' | 'data-lf' | 'trailers';

export class ChunkedBody {
  readonly #maxExtensionBytes: number;
  #state: ChunkState = 'size';
  #digits = 0;
  #extensionBytes = 0;
  /** Of the chunk at hand: bytes still to come. */
  #left = 0;
  /** The piece of data that `read` found; empty if both are equal. */
  dataStart = 0;
  dataEnd = 0;
  problem: Http1Problem | undefined = undefined;

  constructor(maxExtensionBytes: number) {
    this.#maxExtensionBytes = maxExtensionBytes;
  }

  begin(): void {
    this.#state = 'size';
    this.#digits = 0;
    this.#left = 0;
    this.#extensionBytes = 0;
    this.problem = undefined;
  }

  /** The last chunk is there: what follows is the trailer section, which ends the message. */
  get ended(): boolean {
    return this.#state === 'trailers';
  }

  /** Reads up to the end of a piece of data, of the last chunk, or of the input; the result is how far it came. */
  read(bytes: Buffer, start: number, end: number): number {
    this.dataEnd = this.dataStart = 0;
    let at = start;
    while (at < end && this.#state !== 'trailers') {
      if (this.#state === 'data') return this.#takeData(at, end);
      at = this.#state === 'extension' ? this.#skipExtension(bytes, at, end) : this.#step(bytes[at]!, at);
      if (this.problem !== undefined) return at;
    }
    return at;
  }

  #takeData(at: number, end: number): number {
    const length = Math.min(this.#left, end - at);
    this.dataStart = at;
    this.dataEnd = at + length;
    this.#left -= length;
    if (this.#left === 0) this.#state = 'data-cr';
    return this.dataEnd;
  }

  #step(byte: number, at: number): number {
    const state = this.#state;
    if (state === 'size') this.#readSize(byte);
    else if (state === 'size-end') this.#expect(byte, lineFeed, this.#left === 0 ? 'trailers' : 'data');
    else if (state === 'data-cr') this.#expect(byte, carriageReturn, 'data-lf');
    else this.#endChunk(byte);
    return at + 1;
  }

  #endChunk(byte: number): void {
    this.#expect(byte, lineFeed, 'size');
    this.#digits = 0;
    this.#left = 0;
  }

  #expect(byte: number, expected: number, next: ChunkState): void {
    if (byte === expected) this.#state = next;
    else this.problem = 'bad-chunk';
  }

  #readSize(byte: number): void {
    const digit = hexDigit[byte]!;
    if (digit < 16) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
      if (this.#digits > maxSizeDigits || this.#left > maxSize) this.problem = 'bad-chunk';
    } else if (this.#digits > 0 && byte === carriageReturn) {
      this.#state = 'size-end';
    } else if (this.#digits > 0 && byte === semicolon) {
      this.#state = 'extension';
    } else {
      this.problem = 'bad-chunk';
    }
  }

  #skipExtension(bytes: Buffer, start: number, end: number): number {
    let at = start;
    const stop = Math.min(end, start + this.#maxExtensionBytes - this.#extensionBytes + 1);
    while (at < stop && valueByte[bytes[at]!] === 1) at++;
    this.#extensionBytes += at - start;
    if (this.#extensionBytes > this.#maxExtensionBytes) this.problem = 'chunk-extensions-too-large';
    else if (at < stop) this.#endExtension(bytes[at++]!);
    return at;
  }

  #endExtension(byte: number): void {
    if (byte === carriageReturn) this.#state = 'size-end';
    else this.problem = 'bad-chunk';
  }
}
