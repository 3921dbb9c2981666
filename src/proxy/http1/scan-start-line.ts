// The first line of a message: RFC 9112 sections 3 and 4. One space between the parts, nothing around them, no other version than 1.0
// and 1.1: what two parsers could read in two ways is refused.
import { carriageReturn, lineFeed, space, targetByte, tokenLower, valueByte } from './byte-class.ts';
import { scanState, type HeadMarks } from './head-marks.ts';
import type { Http1Limits } from './limits.ts';
import { refuse } from './scan-fields.ts';

const { leading, method, target, version, lineEnd, statusVersion, statusCode, reason, reasonEnd, fieldStart } =
  scanState;

/** Empty lines before a request are skipped (RFC 9112 section 2.2), so many bytes of them. */
const maxLeadingBytes = 16;
const maxMethodBytes = 32;
const versionStart = 'HTTP/1.';

/** True once the line is complete: then header lines follow. */
export function scanRequestLine(marks: HeadMarks, bytes: Buffer, end: number, limits: Http1Limits): boolean {
  while (marks.at < end) {
    switch (marks.state) {
      case leading:
        if (!skipEmptyLines(marks, bytes[marks.at]!)) return false;
        continue;
      case method:
        if (!scanMethod(marks, bytes, end)) return false;
        continue;
      case target:
        if (!scanTarget(marks, bytes, end, limits.maxUrlBytes)) return false;
        continue;
      case version:
        if (!scanVersion(marks, bytes[marks.at]!, carriageReturn, lineEnd)) return refuse(marks, 'bad-version');
        continue;
      default:
        return endLine(marks, bytes[marks.at]!);
    }
  }
  return false;
}

function endLine(marks: HeadMarks, byte: number): boolean {
  if (byte !== lineFeed) return refuse(marks, 'bare-cr');
  marks.at += 1;
  marks.state = fieldStart;
  return true;
}

/** `extra` counts the bytes skipped: CR and LF take turns. */
function skipEmptyLines(marks: HeadMarks, byte: number): boolean {
  const expectsLf = marks.extra % 2 === 1;
  if (expectsLf ? byte === lineFeed : byte === carriageReturn) {
    marks.extra += 1;
    marks.at += 1;
    return marks.extra <= maxLeadingBytes || refuse(marks, 'bad-request-line');
  }
  if (expectsLf) return refuse(marks, 'bare-cr');
  if (byte === lineFeed) return refuse(marks, 'bare-lf');
  marks.methodStart = marks.at;
  marks.state = method;
  return true;
}

function scanMethod(marks: HeadMarks, bytes: Buffer, end: number): boolean {
  let at = marks.at;
  const stop = Math.min(end, marks.methodStart + maxMethodBytes);
  while (at < stop && tokenLower[bytes[at]!] !== 0) at++;
  marks.at = at;
  if (at === end && at < marks.methodStart + maxMethodBytes) return true;
  if (at === end || bytes[at] !== space || at === marks.methodStart) return refuse(marks, 'bad-method');
  marks.methodEnd = at;
  marks.at = at + 1;
  marks.textStart = at + 1;
  marks.state = target;
  return true;
}

function scanTarget(marks: HeadMarks, bytes: Buffer, end: number, maxUrlBytes: number): boolean {
  let at = marks.at;
  const stop = Math.min(end, marks.textStart + maxUrlBytes + 1);
  while (at < stop && targetByte[bytes[at]!] === 1) at++;
  marks.at = at;
  if (at - marks.textStart > maxUrlBytes) return refuse(marks, 'url-too-long');
  if (at === end) return true;
  const byte = bytes[at]!;
  if (byte === carriageReturn || byte === lineFeed) return refuse(marks, 'bad-request-line');
  if (byte !== space) return refuse(marks, byte < 128 ? 'bad-target-byte' : 'no-target');
  if (at === marks.textStart) return refuse(marks, 'bad-request-line');
  marks.textEnd = at;
  marks.at = at + 1;
  marks.extra = 0;
  marks.state = version;
  return true;
}

/** One byte of `HTTP/1.0` or `HTTP/1.1` and of what stands behind it; `extra` counts them. */
function scanVersion(marks: HeadMarks, byte: number, behind: number, next: number): boolean {
  const place = marks.extra;
  marks.extra += 1;
  marks.at += 1;
  if (place < versionStart.length) return byte === versionStart.charCodeAt(place);
  if (place === versionStart.length) {
    marks.minor = byte === 48 ? 0 : 1;
    return byte === 48 || byte === 49;
  }
  marks.extra = 0;
  marks.state = next;
  return byte === behind;
}

/** As `scanRequestLine`, for `HTTP/1.1 200 OK`; the reason may be missing with the space before it. */
export function scanStatusLine(marks: HeadMarks, bytes: Buffer, end: number): boolean {
  while (marks.at < end) {
    switch (marks.state) {
      case statusVersion:
        if (!scanVersion(marks, bytes[marks.at]!, space, statusCode)) return refuse(marks, 'bad-status-line');
        continue;
      case statusCode:
        if (!scanStatusCode(marks, bytes[marks.at]!)) return refuse(marks, 'bad-status-line');
        continue;
      case reason:
        if (!scanReason(marks, bytes, end)) return refuse(marks, 'bad-status-line');
        continue;
      case reasonEnd:
        return endLine(marks, bytes[marks.at]!);
      default:
        marks.state = statusVersion;
        continue;
    }
  }
  return false;
}

function scanStatusCode(marks: HeadMarks, byte: number): boolean {
  marks.at += 1;
  if (marks.extra < 3) {
    marks.extra += 1;
    marks.status = marks.status * 10 + byte - 48;
    return byte >= 48 && byte <= 57;
  }
  marks.textStart = marks.at;
  marks.textEnd = marks.at;
  marks.state = byte === space ? reason : reasonEnd;
  return (byte === space || byte === carriageReturn) && marks.status >= 100;
}

function scanReason(marks: HeadMarks, bytes: Buffer, end: number): boolean {
  let at = marks.at;
  while (at < end && valueByte[bytes[at]!] === 1) at++;
  marks.at = at;
  if (at === end) return true;
  marks.textEnd = at;
  marks.at = at + 1;
  marks.state = reasonEnd;
  return bytes[at] === carriageReturn;
}
