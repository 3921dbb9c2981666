// Requests down to the byte, and what a proxy that cannot be fooled does with them.

/** What the backend sees of one request. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly body?: string;
}

export interface Payload {
  readonly name: string;
  /** Latin1. All of it is sent at once; the connection then stays open. */
  readonly raw: string;
  /** The answer's status: the request is refused, the connection closed, and no byte after it is taken for a request. */
  readonly status?: number;
  /** Requests that reach the backend, in this order; those before a refused one too. */
  readonly seen?: readonly SeenRequest[];
}

const host = 'Host: a\r\n';

export function head(line: string, ...fields: readonly string[]): string {
  return `${line}\r\n${host}${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
}

export function get(...fields: readonly string[]): string {
  return head('GET / HTTP/1.1', ...fields);
}

export function post(body: string, ...fields: readonly string[]): string {
  return head('POST / HTTP/1.1', ...fields) + body;
}

export function chunked(body: string, ...fields: readonly string[]): string {
  return post(body, 'Transfer-Encoding: chunked', ...fields);
}

/** A second request hidden behind whatever stands before it. */
export const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';

export function refused(name: string, raw: string, status = 400): Payload {
  return { name, raw, status };
}

const seenGet: SeenRequest = { method: 'GET', path: '/', host: 'a' };

export function accepted(name: string, raw: string, ...seen: readonly Partial<SeenRequest>[]): Payload {
  return { name, raw, seen: (seen.length === 0 ? [{}] : seen).map((one) => ({ ...seenGet, ...one })) };
}
