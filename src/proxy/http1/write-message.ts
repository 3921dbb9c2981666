// Messages to text: latin1, names in lower case as Envoy writes them. The last guard as well: whatever came in or was configured, no
// value ends its line, and no target its part of the line.
import type { HeaderMap } from '../../decide/header-map.ts';
import { statusLine } from './status-line.ts';

/** `as-is`: the headers tell it. */
export type WriteFraming = 'as-is' | 'chunked';

const tails: Readonly<Record<WriteFraming, string>> = {
  'as-is': '\r\n',
  chunked: 'transfer-encoding: chunked\r\n\r\n',
};

// Two regular expressions on purpose: values are slices of a head, and a loop of charCodeAt over slices costs four times as much.
const breaksLine = /[\0\r\n]/;
const breaksTarget = /[\0- \x7f-\xff]/;

/** As it is, or with spaces where CR, LF and NUL were. */
export function safeValue(value: string): string {
  return breaksLine.test(value) ? value.replaceAll(/[\0\r\n]/g, ' ') : value;
}

/** As it is, or with escapes where white space, control characters and bytes beyond ASCII were: rewrites may bring them in. */
export function safeTarget(target: string): string {
  if (!breaksTarget.test(target)) return target;
  return target.replaceAll(/[\0- \x7f-\xff]/g, (char) => encodeByte(char.charCodeAt(0)));
}

function encodeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Header lines without the empty line behind them. */
export function fieldLines({ names, values }: HeaderMap): string {
  let text = '';
  for (let at = 0; at < names.length; at++) text += `${names[at]!}: ${safeValue(values[at]!)}\r\n`;
  return text;
}

/** What the start line of a request and its Host header say. */
export interface RequestLine {
  readonly method: string;
  /** With query; for CONNECT, host and port. */
  readonly path: string;
  readonly authority: string;
}

/** `headers` are without `host`. */
export function requestHead(request: RequestLine, headers: HeaderMap, framing: WriteFraming = 'as-is'): string {
  const line = `${request.method} ${safeTarget(request.path)} HTTP/1.1\r\nhost: ${safeValue(request.authority)}\r\n`;
  return line + fieldLines(headers) + tails[framing];
}

export function responseHead(status: number, headers: HeaderMap, framing: WriteFraming = 'as-is'): string {
  return statusLine(status) + fieldLines(headers) + tails[framing];
}

/** What goes before a chunk of data; behind it goes `chunkEnd`. `bytes` is never 0: that would end the body. */
export function chunkStart(bytes: number): string {
  return `${bytes.toString(16)}\r\n`;
}

export const chunkEnd = '\r\n';

/** Behind the last chunk. */
export const lastChunk = '0\r\n\r\n';

export function lastChunkWithTrailers(trailers: HeaderMap): string {
  return `0\r\n${fieldLines(trailers)}\r\n`;
}
