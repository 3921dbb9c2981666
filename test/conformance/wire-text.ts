// From what a case says to bytes, and from bytes to what an outcome says.
import { createHash } from 'node:crypto';
import type { Bulk, RequestParts } from './case.ts';

/** See `WireText`. */
export function wireBytes(text: string): Buffer {
  if (text.includes('\r')) return Buffer.from(text, 'latin1');
  const whole = text.includes('\n\n') ? text : `${text.replace(/\n*$/, '')}\n\n`;
  return Buffer.from(whole.replaceAll('\n', '\r\n'), 'latin1');
}

export function bulkBytes(bulk: Bulk): Buffer {
  return Buffer.from(typeof bulk === 'string' ? bulk : bulk.repeat.repeat(bulk.times), 'latin1');
}

export function headerLines(headers: RequestParts['headers'] = {}): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as string[]) : [value as string]).map((each) => `${name}: ${each}\r\n`),
  );
}

/** A body gets its length, unless the head says how it comes. */
export function message(start: string, headers: RequestParts['headers'], body: Bulk | undefined): Buffer {
  const names = Object.keys(headers ?? {}).map((name) => name.toLowerCase());
  const framed = names.includes('content-length') || names.includes('transfer-encoding');
  const bytes = body === undefined ? Buffer.alloc(0) : bulkBytes(body);
  const length = framed || body === undefined ? '' : `content-length: ${bytes.length}\r\n`;
  const head = `${start}\r\n${headerLines(headers).join('')}${length}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

export function requestBytes({ method = 'GET', path, host = 'test', headers, body }: RequestParts): Buffer {
  const named = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'host');
  return message(`${method} ${path} HTTP/1.1`, named ? headers : { host, ...headers }, body);
}

/** Bodies as they are while they can be read; longer ones by length and hash. */
export function bodyText(bytes: Buffer): string {
  if (bytes.length <= 600) return bytes.toString('latin1');
  return `(${bytes.length} bytes, sha1 ${createHash('sha1').update(bytes).digest('hex').slice(0, 12)})`;
}
