// The Connection header, and what depends on it: keep-alive, upgrade, and the headers that it names (RFC 9110 section 7.6.1).
import type { FieldRecord } from './read-fields.ts';

export interface ConnectionOptions {
  keepAlive: boolean;
  close: boolean;
  upgrade: boolean;
  /** False: it names a header that must not vanish, or too many. */
  valid: boolean;
}

/** As Envoy: a client that has these removed hides where it comes from, or how its message is framed. */
const neverNominated: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);
/** Envoy's number. */
const maxNominated = 10;

const keepAlive: ConnectionOptions = { keepAlive: true, close: false, upgrade: false, valid: true };
const close: ConnectionOptions = { keepAlive: false, close: true, upgrade: false, valid: true };
const none: ConnectionOptions = { keepAlive: false, close: false, upgrade: false, valid: true };

/** Reads the options and removes the headers that they name. */
export function readConnection(record: FieldRecord): ConnectionOptions {
  const options = readOptions(record);
  const { proxyConnection } = record;
  return proxyConnection === '' || !asksToClose(proxyConnection) ? options : { ...options, close: true };
}

function asksToClose(list: string): boolean {
  return list.split(',').some((token) => token.trim().toLowerCase() === 'close');
}

function readOptions(record: FieldRecord): ConnectionOptions {
  switch (record.connection) {
    case '':
      return none;
    case 'keep-alive':
    case 'Keep-Alive':
      return keepAlive;
    case 'close':
    case 'Close':
      return close;
    default:
      return readTokens(record);
  }
}

function readTokens(record: FieldRecord): ConnectionOptions {
  const options: ConnectionOptions = { keepAlive: false, close: false, upgrade: false, valid: true };
  const tokens = record.connection.toLowerCase().split(',');
  if (tokens.length > maxNominated) options.valid = false;
  for (const part of tokens) {
    const token = part.trim();
    if (token === 'keep-alive') options.keepAlive = true;
    else if (token === 'close') options.close = true;
    else if (token === 'upgrade') options.upgrade = true;
    else if (neverNominated.has(token)) options.valid = false;
    else removeField(record, token);
  }
  return options;
}

function removeField(record: FieldRecord, name: string): void {
  for (let at = record.names.indexOf(name); at >= 0; at = record.names.indexOf(name, at)) {
    record.names.splice(at, 1);
    record.values.splice(at, 1);
  }
}

/** Whether the connection may serve another message: the default of 1.1, an option in 1.0 (RFC 9112 section 9.3). */
export function keepsAlive(options: ConnectionOptions, minor: 0 | 1): boolean {
  return !options.close && (minor === 1 || options.keepAlive);
}

/** The protocol that an upgrade asks for, in lower case. `h2c` by upgrade is not offered: as Envoy, the message is plain HTTP/1.1. */
export function upgradeOf(record: FieldRecord, options: ConnectionOptions): string {
  if (!options.upgrade || record.upgrade === '') return '';
  const upgrade = record.upgrade.toLowerCase();
  return upgrade === 'h2c' ? '' : upgrade;
}

/** Whether the list `te` has `trailers`: all of it that may go on (RFC 9110 section 10.1.4). */
export function acceptsTrailers(te: string): boolean {
  if (te === 'trailers') return true;
  return te !== '' && te.split(',').some((token) => token.trim().toLowerCase() === 'trailers');
}
