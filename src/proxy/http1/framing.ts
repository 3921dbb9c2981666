// How long a body is: RFC 9112 section 6. Whatever leaves room for a second reading is a problem.
import type { Http1Problem } from './problem.ts';
import type { FieldRecord } from './read-fields.ts';

/** Below 2^53 with room to add. */
const maxDigits = 15;

/** The number, or -1: digits alone, none of them missing. Envoy lets leading zeros pass, and so does this. */
export function contentLengthOf(text: string): number {
  if (text.length === 0 || text.length > maxDigits) return -1;
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

/** What is wrong with the framing headers of either kind of message. */
export function framingProblem(record: FieldRecord, minor: 0 | 1): Http1Problem | undefined {
  if (record.problem !== undefined) return record.problem;
  const coding = record.transferEncoding;
  if (record.contentLength !== undefined && contentLengthOf(record.contentLength) < 0) return 'bad-content-length';
  if (coding === undefined) return undefined;
  if (record.contentLength !== undefined) return 'length-and-coding';
  if (minor === 0) return 'coding-in-http10';
  return coding === 'chunked' || coding.toLowerCase() === 'chunked' ? undefined : 'unknown-coding';
}
