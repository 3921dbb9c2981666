// Header lines up to the empty line: RFC 9112 section 5, and none of the leniences that it allows.
import { carriageReturn, colon, horizontalTab, lineFeed, space, tokenLower, valueByte } from './byte-class.ts';
import { scanState, type HeadMarks } from './head-marks.ts';
import { hashSeed } from './header-names.ts';
import type { Http1Problem } from './problem.ts';

const { fieldStart, fieldName, fieldSpace, fieldValue, fieldEnd, sectionEnd } = scanState;

/** True once the section is complete; `marks.at` is then behind it. False: more bytes are needed, or there is a problem. */
export function scanFields(marks: HeadMarks, bytes: Buffer, end: number, maxFields: number): boolean {
  while (marks.at < end) {
    switch (marks.state) {
      case fieldStart:
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
    // As hashStep; written out because this loop sees every byte of every name.
    hash = Math.imul(hash ^ lower, 0x01000193);
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
  marks.push(valueEnd);
  marks.at = at + 1;
  marks.state = fieldEnd;
  return true;
}

function isSpace(byte: number): boolean {
  return byte === space || byte === horizontalTab;
}
