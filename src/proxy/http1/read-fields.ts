// Makes the headers of a complete section: end-to-end ones into a HeaderMap, those of the connection and of framing into a record.
import { fieldStride, type HeadMarks } from './head-marks.ts';
import { findName, firstPlainId, knownNames, nameId } from './header-names.ts';
import type { Http1Problem } from './problem.ts';

/** What the parser itself has to know. One per parser kind, overwritten by each head: heads are read in one go. */
export interface FieldRecord {
  names: string[];
  values: string[];
  /** Undefined: no such header. A repeated one is a problem of its own. */
  host: string | undefined;
  contentLength: string | undefined;
  /** Several headers are joined by a comma, as one list. */
  transferEncoding: string | undefined;
  connection: string;
  /** Not in any standard, but Envoy's parser heeds a `close` in it. */
  proxyConnection: string;
  te: string;
  upgrade: string;
  expect: string;
  problem: Http1Problem | undefined;
}

export function newFieldRecord(): FieldRecord {
  return {
    names: [],
    values: [],
    host: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    connection: '',
    proxyConnection: '',
    te: '',
    upgrade: '',
    expect: '',
    problem: undefined,
  };
}

function clear(record: FieldRecord): void {
  record.names = [];
  record.values = [];
  record.host = undefined;
  record.contentLength = undefined;
  record.transferEncoding = undefined;
  record.connection = '';
  record.proxyConnection = '';
  record.te = '';
  record.upgrade = '';
  record.expect = '';
  record.problem = undefined;
}

/** `text` is the section in latin1. */
export function readFields(marks: HeadMarks, bytes: Buffer, text: string, record: FieldRecord): void {
  clear(record);
  const { names, values } = record;
  const { fields, start } = marks;
  for (let at = 0, end = marks.count * fieldStride; at < end; at += fieldStride) {
    const nameStart = fields[at]!;
    const nameEnd = fields[at + 1]!;
    const value = text.slice(fields[at + 2]! - start, fields[at + 3]! - start);
    const id = findName(bytes, nameStart, nameEnd, fields[at + 4]!);
    if (id >= 0 && id < firstPlainId && !readSpecial(id, value, record)) continue;
    names.push(id >= 0 ? knownNames[id]! : text.slice(nameStart - start, nameEnd - start).toLowerCase());
    values.push(value);
  }
}

/** True if the header is also one to pass on. */
function readSpecial(id: number, value: string, record: FieldRecord): boolean {
  switch (id) {
    case nameId.host:
      if (record.host !== undefined) record.problem ??= 'several-hosts';
      record.host = value;
      return false;
    case nameId.contentLength:
      if (record.contentLength !== undefined) record.problem ??= 'several-content-lengths';
      record.contentLength = value;
      return true;
    case nameId.transferEncoding:
      record.transferEncoding = listed(record.transferEncoding, value);
      return false;
    case nameId.connection:
      record.connection = listed(record.connection, value);
      return false;
    case nameId.proxyConnection:
      record.proxyConnection = listed(record.proxyConnection, value);
      return false;
    case nameId.te:
      record.te = listed(record.te, value);
      return false;
    case nameId.upgrade:
      record.upgrade = listed(record.upgrade, value);
      return false;
    case nameId.expect:
      record.expect = value;
      return true;
    default:
      // Keep-Alive is the connection's own, and HTTP2-Settings belongs to an upgrade that is not offered.
      return false;
  }
}

function listed(before: string | undefined, value: string): string {
  return before === undefined || before === '' ? value : `${before},${value}`;
}
