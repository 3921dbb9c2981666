// Header lines up to the empty line: RFC 9112 section 5, and none of the leniences that it allows.
import { carriageReturn, colon, horizontalTab, lineFeed, space, tokenLower, valueByte } from './byte-class.ts';
import { fieldStride, scanState, type HeadMarks } from './head-marks.ts';
import { hashSeed, hashStep } from './header-names.ts';
import type { Http1Problem } from './problem.ts';

/** Copies: V8 knows the value of a file's own constant, and takes an imported one for anything. In the loops below that is a factor of three. */
const stride = fieldStride;
const seed = hashSeed;
const lowers = tokenLower;

const { fieldStart, fieldName, fieldSpace, fieldValue, fieldEnd, sectionEnd } = scanState;

/** True once the section is complete; `marks.at` is then behind it. False: more bytes are needed, or there is a problem. */
export function scanFields(marks: HeadMarks, bytes: Buffer, end: number, maxFields: number): boolean {
  while (marks.at < end) {
    switch (marks.state) {
      case fieldStart:
        if (scanLines(marks, bytes, end, maxFields)) return true;
        if (marks.at === end) return false;
        if (bytes[marks.at] === carriageReturn) {
          marks.state = sectionEnd;
          marks.at += 1;
          continue;
        }
        if (!beginField(marks, bytes[marks.at]!, maxFields)) return false;
        continue;
      case fieldName:
        if (!scanName(marks, bytes, end)) return false;
        continue;
      case fieldSpace:
        scanSpace(marks, bytes, end);
        continue;
      case fieldValue:
        if (!scanValue(marks, bytes, end)) return false;
        continue;
      case fieldEnd:
        if (bytes[marks.at] !== lineFeed) return refuse(marks, 'bare-cr');
        marks.state = fieldStart;
        marks.at += 1;
        continue;
      default:
        if (bytes[marks.at] !== lineFeed) return refuse(marks, 'bare-cr');
        marks.at += 1;
        return true;
    }
  }
  return false;
}

/**
 * The usual: whole lines with nothing odd in them. True at the empty line. Else `marks.at` is the start of a line that is cut off or odd,
 * and the careful way has to look at it. What `push` does is written out too: measured with
 * `bench/http1-codec.ts`, half the cost of a request was here.
 */
function scanLines(marks: HeadMarks, bytes: Buffer, end: number, maxFields: number): boolean {
  let line = marks.at;
  let at = line;
  while (at + 1 < end) {
    if (bytes[at] === 13 && bytes[at + 1] === 10) {
      marks.at = at + 2;
      return true;
    }
    let hash = seed;
    let byte = 0;
    // As hashStep; written out because this loop sees every byte of every name.
    while (at < end && (byte = lowers[bytes[at]!]!) !== 0) {
      hash = ((hash << 5) - hash + byte) | 0;
      at++;
    }
    const nameEnd = at;
    if (at === line || at === end || bytes[at] !== 58) break;
    do at++;
    while (at < end && bytes[at] === 32);
    const valueStart = at;
    while (at < end && (byte = bytes[at]!) >= 32 && byte !== 127) at++;
    if (at + 1 >= end || bytes[at] !== 13 || bytes[at + 1] !== 10) break;
    if (marks.count === maxFields || (at > valueStart && bytes[at - 1] === 32)) break;
    // `marks.push`, written out for speed.
    const base = marks.count * stride;
    const fields = base < marks.fields.length ? marks.fields : marks.grow();
    fields[base] = line;
    fields[base + 1] = nameEnd;
    fields[base + 2] = valueStart;
    fields[base + 3] = at;
    fields[base + 4] = hash;
    marks.count += 1;
    at += 2;
    line = at;
  }
  marks.at = line;
  return false;
}

export function refuse(marks: HeadMarks, problem: Http1Problem): false {
  marks.problem = problem;
  return false;
}

function beginField(marks: HeadMarks, byte: number, maxFields: number): boolean {
  if (tokenLower[byte] === 0) {
    if (byte === space || byte === horizontalTab) return refuse(marks, 'obs-fold');
    return refuse(marks, byte === lineFeed ? 'bare-lf' : 'bad-header-name');
  }
  if (marks.count === maxFields) return refuse(marks, 'too-many-headers');
  marks.nameStart = marks.at;
  marks.hash = hashSeed;
  marks.state = fieldName;
  return true;
}

function scanName(marks: HeadMarks, bytes: Buffer, end: number): boolean {
  let at = marks.at;
  let hash = marks.hash;
  let lower = 0;
  while (at < end && (lower = tokenLower[bytes[at]!]!) !== 0) {
    hash = hashStep(hash, lower);
    at++;
  }
  marks.at = at;
  marks.hash = hash;
  if (at === end) return true;
  const byte = bytes[at]!;
  if (byte !== colon) {
    if (byte === space || byte === horizontalTab) return refuse(marks, 'space-before-colon');
    return refuse(marks, byte === lineFeed ? 'bare-lf' : 'bad-header-name');
  }
  marks.nameEnd = at;
  marks.at = at + 1;
  marks.state = fieldSpace;
  return true;
}

function scanSpace(marks: HeadMarks, bytes: Buffer, end: number): void {
  let at = marks.at;
  while (at < end && (bytes[at] === space || bytes[at] === horizontalTab)) at++;
  marks.at = at;
  if (at === end) return;
  marks.valueStart = at;
  marks.state = fieldValue;
}

function scanValue(marks: HeadMarks, bytes: Buffer, end: number): boolean {
  let at = marks.at;
  while (at < end && valueByte[bytes[at]!] === 1) at++;
  marks.at = at;
  if (at === end) return true;
  const byte = bytes[at]!;
  if (byte !== carriageReturn) return refuse(marks, byte === lineFeed ? 'bare-lf' : 'bad-header-value');
  let valueEnd = at;
  while (valueEnd > marks.valueStart && isSpace(bytes[valueEnd - 1]!)) valueEnd--;
  marks.push(marks.nameStart, marks.nameEnd, marks.valueStart, valueEnd, marks.hash);
  marks.at = at + 1;
  marks.state = fieldEnd;
  return true;
}

function isSpace(byte: number): boolean {
  return byte === space || byte === horizontalTab;
}
