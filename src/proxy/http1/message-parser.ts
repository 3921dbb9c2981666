// What request and response parsers share: heads cut into pieces, bodies of every framing, one message at a time.
import type { HeaderMap } from '../../decide/header-map.ts';
import { ChunkedBody } from './chunked-body.ts';
import { scanState, type HeadMarks } from './head-marks.ts';
import type { Http1Limits } from './limits.ts';
import type { BodyKind } from './message.ts';
import type { Http1Problem } from './problem.ts';
import { newFieldRecord, readFields, type FieldRecord } from './read-fields.ts';
import { SectionReader } from './section-reader.ts';
import { allowedTrailers } from './trailers.ts';

/** `ending`: a message without a body whose head is being reported. */
type ParserState = 'head' | 'ending' | 'length' | 'chunked' | 'trailers' | 'raw' | 'stopped' | 'closed';

interface BodyEvents {
  onBody(chunk: Buffer): void;
  onTrailers(trailers: HeaderMap): void;
  onEnd(): void;
  onError(problem: Http1Problem): void;
}

/** Heads are read in one go and never while another is being read, so all parsers share it. */
const record = newFieldRecord();

export abstract class MessageParser {
  protected readonly limits: Http1Limits;
  readonly #events: BodyEvents;
  readonly #section: SectionReader;
  #chunked: ChunkedBody | undefined = undefined;
  #state: ParserState;
  /** With `length`: bytes of the body still to come. */
  #left = 0;
  /** What came after a complete message. */
  #kept: Buffer | undefined = undefined;
  #running = false;

  protected constructor(limits: Http1Limits, events: BodyEvents, state: 'head' | 'stopped') {
    this.limits = limits;
    this.#events = events;
    this.#section = new SectionReader(limits);
    this.#state = state;
  }

  /** Where a head's scan begins. */
  protected abstract readonly firstState: number;
  /** Reports the head, having told `begin` how its body is framed; or reports a problem. */
  protected abstract readHead(marks: HeadMarks, text: string, fields: FieldRecord): void;
  /** Bytes came while stopped; true if they shall wait for `resume`. */
  protected abstract keepsRest(): boolean;

  /** Bytes that wait for `resume`. While there are any, reading from the connection should stop. */
  get waiting(): number {
    return this.#kept === undefined ? 0 : this.#kept.length;
  }

  /** Nothing of a message is there, or one is complete. */
  get idle(): boolean {
    return this.#state === 'stopped' || (this.#state === 'head' && !this.#section.begun);
  }

  /** Parses bytes `start` to `end`. They may be overwritten after the call. */
  execute(bytes: Buffer, start: number, end: number): void {
    if (this.#kept !== undefined) {
      this.#kept = Buffer.concat([this.#kept, bytes.subarray(start, end)]);
      return;
    }
    const at = this.#run(bytes, start, end);
    if (at < end) this.#kept = Buffer.from(bytes.subarray(at, end));
  }

  /** The peer ended its side. */
  finish(): void {
    if (this.#state === 'raw') this.complete();
    else if (!this.idle) this.fail('early-end');
  }

  /** Nothing is reported from here on. */
  close(): void {
    this.#state = 'closed';
    this.#kept = undefined;
    this.#section.release();
  }

  /** Begins the next message, with what came of it already. */
  protected proceed(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'head';
    const kept = this.#kept;
    if (this.#running || kept === undefined) return;
    this.#kept = undefined;
    const at = this.#run(kept, 0, kept.length);
    if (at < kept.length) this.#kept = kept.subarray(at);
  }

  protected fail(problem: Http1Problem): void {
    if (this.#state === 'closed') return;
    this.close();
    this.#events.onError(problem);
  }

  /** How the body of the head that is about to be reported is framed. */
  protected begin(kind: BodyKind, length: number): void {
    switch (kind) {
      case 'none':
        this.#state = 'ending';
        return;
      case 'length':
        this.#left = length;
        this.#state = 'length';
        return;
      case 'chunked':
        this.#chunked ??= new ChunkedBody(this.limits.maxChunkExtensionBytes);
        this.#chunked.begin();
        this.#state = 'chunked';
        return;
      case 'close':
      case 'tunnel':
        this.#state = 'raw';
    }
  }

  protected complete(): void {
    if (this.#state === 'closed') return;
    this.#state = 'stopped';
    this.#events.onEnd();
  }

  /** How far it came: short of `end` only if the rest has to wait. */
  #run(bytes: Buffer, start: number, end: number): number {
    this.#running = true;
    let at = start;
    while (at < end && this.#state !== 'closed') {
      if (this.#state === 'stopped') {
        if (this.keepsRest()) break;
        continue;
      }
      at = this.#runOne(bytes, at, end);
    }
    this.#running = false;
    return this.#state === 'closed' ? end : at;
  }

  #runOne(bytes: Buffer, at: number, end: number): number {
    switch (this.#state) {
      case 'head':
        return this.#runHead(bytes, at, end);
      case 'length': {
        const stop = Math.min(end, at + this.#left);
        this.#left -= stop - at;
        this.#events.onBody(piece(bytes, at, stop));
        if (this.#left === 0) this.complete();
        return stop;
      }
      case 'chunked':
        return this.#runChunked(this.#chunked!, bytes, at, end);
      case 'trailers':
        return this.#runTrailers(bytes, at, end);
      case 'raw':
        this.#events.onBody(piece(bytes, at, end));
        return end;
      case 'ending':
      case 'stopped':
      case 'closed':
        return end;
    }
  }

  #runHead(bytes: Buffer, at: number, end: number): number {
    const section = this.#section;
    const next = section.read(this.firstState, bytes, at, end);
    if (next < 0) return this.#sectionEnd(end);
    const marks = section.marks;
    const held = section.bytesOf(bytes);
    const text = held.toString('latin1', marks.start, marks.at);
    readFields(marks, held, text, record);
    this.readHead(marks, text, record);
    section.release();
    if (this.#state === 'ending') this.complete();
    return next;
  }

  #runChunked(chunked: ChunkedBody, bytes: Buffer, at: number, end: number): number {
    const next = chunked.read(bytes, at, end);
    if (chunked.dataEnd > chunked.dataStart) this.#events.onBody(piece(bytes, chunked.dataStart, chunked.dataEnd));
    if (chunked.problem !== undefined) this.fail(chunked.problem);
    else if (chunked.ended && this.#state === 'chunked') this.#state = 'trailers';
    return next;
  }

  #runTrailers(bytes: Buffer, at: number, end: number): number {
    const section = this.#section;
    const next = section.read(scanState.fieldStart, bytes, at, end);
    if (next < 0) return this.#sectionEnd(end);
    const { marks } = section;
    if (marks.count > 0) {
      const held = section.bytesOf(bytes);
      readFields(marks, held, held.toString('latin1', marks.start, marks.at), record);
      const trailers = allowedTrailers(record);
      if (trailers !== undefined) this.#events.onTrailers(trailers);
    }
    section.release();
    this.complete();
    return next;
  }

  #sectionEnd(end: number): number {
    const { problem } = this.#section;
    if (problem !== undefined) this.fail(problem);
    return end;
  }
}

function piece(bytes: Buffer, start: number, end: number): Buffer {
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}
