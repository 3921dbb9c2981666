// Where connections read into. All share one buffer, whose bytes are gone with the next read. A connection that moves bulk gets
// buffers of its own for a while: these are written on as they are, and come back to the pool when the write is done.

const size = 256 << 10;
/** A read this long makes a connection one that moves bulk; the next one below makes it ordinary again. */
const bulkFrom = 16 << 10;
const keptSpares = 16;

export interface OwnBuffer {
  readonly bytes: Buffer;
  /** Writes that are under way, and one for the source that reads into it. */
  holders: number;
}

const spares: OwnBuffer[] = [];

/** The source whose read is being handled. */
let reading: ReadSource | undefined;

export class ReadSource {
  #own: OwnBuffer | undefined;
  #bulk = false;

  /** Where the next read of this connection goes, asked by Node after each read; undefined: into the buffer shared by all. */
  next(): Buffer | undefined {
    const own = this.#own;
    if (own && this.#bulk && own.holders === 1) return own.bytes;
    if (own) this.close();
    if (!this.#bulk) return undefined;
    this.#own = spares.pop() ?? { bytes: Buffer.allocUnsafeSlow(size), holders: 0 };
    this.#own.holders = 1;
    return this.#own.bytes;
  }

  note(length: number): void {
    this.#bulk = length >= bulkFrom;
  }

  hold(): OwnBuffer | undefined {
    if (this.#own) this.#own.holders += 1;
    return this.#own;
  }

  close(): void {
    if (this.#own) releaseReadBuffer(this.#own);
    this.#own = undefined;
  }
}

/** A read of so many bytes is about to be handled. */
export function beginRead(source: ReadSource, length: number): void {
  source.note(length);
  reading = source;
}

/** Keeps the buffer of the read that is being handled; undefined: it is the shared one, and the bytes have to be copied. */
export function holdReadBuffer(): OwnBuffer | undefined {
  return reading?.hold();
}

export function releaseReadBuffer(buffer: OwnBuffer): void {
  buffer.holders -= 1;
  if (buffer.holders === 0 && spares.length < keptSpares) spares.push(buffer);
}

/** What waits for the next bulk; that allocates anew. */
export function dropSpareReadBuffers(): void {
  spares.length = 0;
}
