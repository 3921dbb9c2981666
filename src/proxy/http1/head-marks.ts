// Where things stand in a head (or in trailers) that is being scanned. Byte positions only: strings are made once it is complete.
// A scan may stop after any byte and go on with the next piece, with the same outcome as in one go.
import { hashSeed } from './header-names.ts';
import type { Http1Problem } from './problem.ts';

/** What the next byte belongs to. */
export const scanState = {
  leading: 0,
  method: 1,
  target: 2,
  version: 3,
  lineEnd: 4,
  statusVersion: 5,
  statusCode: 6,
  reason: 7,
  reasonEnd: 8,
  /** From here on header lines, the same in requests, responses and trailers. */
  fieldStart: 10,
  fieldName: 11,
  fieldSpace: 12,
  fieldValue: 13,
  fieldEnd: 14,
  sectionEnd: 15,
} as const;

/** Integers per field in `fields`: start and end of the name, start and end of the value, hash of the name. */
export const fieldStride = 5;
const firstCapacity = 32;

export class HeadMarks {
  state: number = scanState.leading;
  /** First byte of the section, and the next one to look at. */
  start = 0;
  at = 0;
  methodStart = 0;
  methodEnd = 0;
  /** Start and end of the target or of the reason. */
  textStart = 0;
  textEnd = 0;
  minor: 0 | 1 = 1;
  /** Bytes seen of what has a fixed length: empty lines before a request, version, status code. */
  extra = 0;
  status = 0;
  nameStart = 0;
  nameEnd = 0;
  hash: number = hashSeed;
  valueStart = 0;
  count = 0;
  fields = new Int32Array(firstCapacity * fieldStride);
  problem: Http1Problem | undefined = undefined;

  begin(state: number, at: number): void {
    this.state = state;
    this.start = at;
    this.at = at;
    this.extra = 0;
    this.status = 0;
    this.count = 0;
    this.problem = undefined;
  }

  push(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number, hash: number): void {
    const base = this.count * fieldStride;
    const fields = base < this.fields.length ? this.fields : this.grow();
    fields[base] = nameStart;
    fields[base + 1] = nameEnd;
    fields[base + 2] = valueStart;
    fields[base + 3] = valueEnd;
    fields[base + 4] = hash;
    this.count += 1;
  }

  grow(): Int32Array {
    const wider = new Int32Array(this.fields.length * 2);
    wider.set(this.fields);
    this.fields = wider;
    return wider;
  }

  /** The section's bytes were moved to the beginning of another buffer. */
  rebase(): void {
    const by = this.start;
    this.start = 0;
    this.at -= by;
    this.methodStart -= by;
    this.methodEnd -= by;
    this.textStart -= by;
    this.textEnd -= by;
    this.nameStart -= by;
    this.nameEnd -= by;
    this.valueStart -= by;
    for (let field = 0; field < this.count; field++) {
      for (let part = 0; part < 4; part++) this.fields[field * fieldStride + part]! -= by;
    }
  }
}

const spares: HeadMarks[] = [];
const keptSpares = 64;

/** An idle connection owns none: ten thousand of them would add up. */
export function takeMarks(): HeadMarks {
  return spares.pop() ?? new HeadMarks();
}

export function returnMarks(marks: HeadMarks): void {
  if (spares.length < keptSpares) spares.push(marks);
}
