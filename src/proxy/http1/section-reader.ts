// Reads one head or one trailer section, however it is cut into pieces. Uncut, which is the rule, nothing is copied.
import { returnMarks, scanState, takeMarks, type HeadMarks } from './head-marks.ts';
import type { Http1Limits } from './limits.ts';
import type { Http1Problem } from './problem.ts';
import { scanFields } from './scan-fields.ts';
import { scanRequestLine, scanStatusLine } from './scan-start-line.ts';

const firstCarry = 1 << 10;

export class SectionReader {
  readonly #limits: Http1Limits;
  #marks: HeadMarks | undefined = undefined;
  /** What came of the section so far, if it did not come at once. */
  #carry: Buffer | undefined = undefined;
  #carried = 0;

  constructor(limits: Http1Limits) {
    this.#limits = limits;
  }

  /** Some of a section is there, more than empty lines. */
  get begun(): boolean {
    return this.#marks !== undefined && this.#marks.state !== scanState.leading;
  }

  get problem(): Http1Problem | undefined {
    return this.#marks?.problem;
  }

  /** Of the complete section, until `release`. */
  get marks(): HeadMarks {
    return this.#marks!;
  }

  /** Where the complete section's bytes are. */
  bytesOf(piece: Buffer): Buffer {
    return this.#carry ?? piece;
  }

  /** `state` is where a new section begins. The result is the position behind the section in `bytes`, or -1: incomplete or a problem. */
  read(state: number, bytes: Buffer, start: number, end: number): number {
    if (this.#carry !== undefined) return this.#readOn(this.#carry, bytes, start, end);
    const marks = takeMarks();
    this.#marks = marks;
    marks.begin(state, start);
    if (this.#scan(marks, bytes, end)) return marks.at;
    if (marks.problem === undefined) this.#keep(marks, bytes, end);
    return -1;
  }

  #readOn(carry: Buffer, bytes: Buffer, start: number, end: number): number {
    const marks = this.#marks!;
    const before = this.#carried;
    const grown = this.#append(carry, bytes, start, end);
    return this.#scan(marks, grown, this.#carried) ? start + marks.at - before : -1;
  }

  /** True once complete. Bytes beyond the limit are not looked at, so that the outcome does not depend on how they come. */
  #scan(marks: HeadMarks, bytes: Buffer, end: number): boolean {
    const limit = marks.start + this.#limits.maxHeadBytes;
    const stop = end < limit ? end : limit;
    if (marks.state < scanState.fieldStart && !this.#scanLine(marks, bytes, stop)) return this.#tooLong(marks, limit);
    return scanFields(marks, bytes, stop, this.#limits.maxHeaders) || this.#tooLong(marks, limit);
  }

  #scanLine(marks: HeadMarks, bytes: Buffer, stop: number): boolean {
    if (marks.state < scanState.statusVersion) return scanRequestLine(marks, bytes, stop, this.#limits);
    return scanStatusLine(marks, bytes, stop);
  }

  #tooLong(marks: HeadMarks, limit: number): false {
    if (marks.problem === undefined && marks.at >= limit) {
      marks.problem = marks.state === scanState.target ? 'url-too-long' : 'headers-too-large';
    }
    return false;
  }

  #keep(marks: HeadMarks, bytes: Buffer, end: number): void {
    const length = end - marks.start;
    this.#carry = Buffer.allocUnsafeSlow(Math.max(firstCarry, length));
    this.#carried = length;
    bytes.copy(this.#carry, 0, marks.start, end);
    marks.rebase();
  }

  #append(carry: Buffer, bytes: Buffer, start: number, end: number): Buffer {
    const added = Math.min(end - start, this.#limits.maxHeadBytes - this.#carried);
    const length = this.#carried + added;
    let target = carry;
    if (length > carry.length) {
      target = Buffer.allocUnsafeSlow(Math.max(length, carry.length * 2));
      carry.copy(target, 0, 0, this.#carried);
      this.#carry = target;
    }
    bytes.copy(target, this.#carried, start, start + added);
    this.#carried = length;
    return target;
  }

  release(): void {
    if (this.#marks !== undefined) returnMarks(this.#marks);
    this.#marks = undefined;
    this.#carry = undefined;
    this.#carried = 0;
  }
}
