// Reads DNS queries and writes answers, as far as a name table needs them: one question, A, AAAA and CNAME (RFC 1035).
import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

export const recordTypes = { a: 1, cname: 5, aaaa: 28, opt: 41 } as const;
export const responseCodes = { noError: 0, formatError: 1, serverFailure: 2, notImplemented: 4 } as const;

const headerBytes = 12;
const classInternet = 1;
/** Without EDNS a UDP answer has at most 512 bytes (RFC 1035 section 4.2.1). */
const plainUdpBytes = 512;
/** What we promise to take, and the most that we send over UDP, whatever was asked for. */
const ednsUdpBytes = 4096;

export interface DnsQuery {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** Lower case, without the final dot; the root is the empty string. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question as it was sent: an answer repeats it byte by byte, whatever its case (RFC 1035 section 7.3). */
  readonly questionBytes: Buffer;
  readonly edns: boolean;
  /** The largest UDP answer that the client takes. */
  readonly udpBytes: number;
}

/** `drop` is for what must not be answered at all: an answer to an answer could go on for ever. */
export type ReadQuery =
  | { readonly kind: 'query'; readonly query: DnsQuery }
  | { readonly kind: 'refuse'; readonly code: number }
  | { readonly kind: 'drop' };

export function readQuery(packet: Buffer): ReadQuery {
  if (packet.length < headerBytes || (packet[2]! & 0x80) !== 0) return { kind: 'drop' };
  const opcode = (packet[2]! >> 3) & 0xf;
  if (opcode !== 0) return { kind: 'refuse', code: responseCodes.notImplemented };
  // More than one question is a format error (RFC 9619).
  if (packet.readUInt16BE(4) !== 1) return { kind: 'refuse', code: responseCodes.formatError };
  const name = readName(packet, headerBytes);
  if (name === undefined || name.end + 4 > packet.length) return { kind: 'refuse', code: responseCodes.formatError };
  const end = name.end + 4;
  const advertised = readEdnsSize(packet, end);
  return {
    kind: 'query',
    query: {
      id: packet.readUInt16BE(0),
      recursionDesired: (packet[2]! & 1) !== 0,
      name: name.text,
      type: packet.readUInt16BE(name.end),
      class: packet.readUInt16BE(name.end + 2),
      questionBytes: packet.subarray(headerBytes, end),
      edns: advertised !== undefined,
      udpBytes: Math.min(ednsUdpBytes, Math.max(plainUdpBytes, advertised ?? 0)),
    },
  };
}

/** A question's name comes first in a packet, so that there is nothing that a compression pointer could point to. */
function readName(packet: Buffer, start: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  while (at < packet.length && at - start < 255) {
    const length = packet[at]!;
    if (length === 0) return { text: labels.join('.').toLowerCase(), end: at + 1 };
    if (length > 63 || at + 1 + length > packet.length) return undefined;
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}

/** The size from an OPT record, when that is the first record after the question, as resolvers send it. */
function readEdnsSize(packet: Buffer, at: number): number | undefined {
  const isAlone = packet.readUInt32BE(6) === 0 && packet.readUInt16BE(10) > 0;
  if (!isAlone || at + 11 > packet.length || packet[at] !== 0) return undefined;
  return packet.readUInt16BE(at + 1) === recordTypes.opt ? packet.readUInt16BE(at + 3) : undefined;
}

export interface DnsAnswer {
  readonly addresses: readonly string[];
  /** What the asked name stands for; the addresses are this name's. */
  readonly canonicalName?: string;
  readonly ttlSeconds: number;
}

/** An authoritative answer; without addresses it says that the name is there but has no such record. */
export function writeAnswer(query: DnsQuery, answer: DnsAnswer, maxBytes: number): Buffer {
  const question = Buffer.concat([Buffer.alloc(headerBytes), query.questionBytes]);
  const records: Buffer[] = [];
  let owner = 0xc000 | headerBytes;
  if (answer.canonicalName !== undefined && answer.addresses.length > 0) {
    const target = encodeName(answer.canonicalName);
    records.push(record(owner, recordTypes.cname, answer.ttlSeconds, target));
    owner = 0xc000 | (question.length + 12);
  }
  for (const address of answer.addresses) {
    const type = isIPv6(address) ? recordTypes.aaaa : recordTypes.a;
    records.push(record(owner, type, answer.ttlSeconds, Buffer.from(ipaddr.parse(address).toByteArray())));
  }
  return assemble(query, question, records, maxBytes);
}

/** As many records as fit; if some do not, the client learns that it has to ask over TCP. */
function assemble(query: DnsQuery, question: Buffer, records: readonly Buffer[], maxBytes: number): Buffer {
  const opt = query.edns ? optRecord() : Buffer.alloc(0);
  let size = question.length + opt.length;
  const kept = records.filter((item) => (size += item.length) <= maxBytes);
  const message = Buffer.concat([question, ...kept, opt]);
  const truncated = kept.length < records.length;
  message.writeUInt16BE(query.id, 0);
  // QR, AA, TC and RD as asked; then RA.
  message[2] = 0x84 | (truncated ? 0x02 : 0) | (query.recursionDesired ? 0x01 : 0);
  message[3] = 0x80;
  message.writeUInt16BE(1, 4);
  message.writeUInt16BE(kept.length, 6);
  message.writeUInt16BE(query.edns ? 1 : 0, 10);
  return message;
}

function record(owner: number, type: number, ttlSeconds: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(owner, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(classInternet, 4);
  head.writeUInt32BE(ttlSeconds, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function optRecord(): Buffer {
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(recordTypes.opt, 1);
  opt.writeUInt16BE(ednsUdpBytes, 3);
  return opt;
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
    Buffer.alloc(1),
  ]);
}

/** An error for a packet whose question may not even be readable: the header alone (RFC 1035 section 4.1.1). */
export function writeError(packet: Buffer, code: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  packet.copy(header, 0, 0, 3);
  header[2] = 0x80 | (packet[2]! & 0x79);
  header[3] = 0x80 | code;
  return header;
}

/** An error that repeats the question, so that stub resolvers accept it as theirs. */
export function writeFailure(query: DnsQuery, code: number): Buffer {
  const message = Buffer.concat([Buffer.alloc(headerBytes), query.questionBytes]);
  message.writeUInt16BE(query.id, 0);
  message[2] = 0x80 | (query.recursionDesired ? 0x01 : 0);
  message[3] = 0x80 | code;
  message.writeUInt16BE(1, 4);
  return message;
}

export function isTruncated(message: Buffer): boolean {
  return (message[2]! & 0x02) !== 0;
}
