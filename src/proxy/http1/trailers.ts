// Trailers that may be passed on: RFC 9110 section 6.5.1 forbids those that would change how a message is framed, routed or trusted.
import { HeaderMap } from '../../decide/header-map.ts';
import type { FieldRecord } from './read-fields.ts';

const forbidden: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'max-forwards',
  'pragma',
  'proxy-authorization',
  'range',
  'set-cookie',
  'trailer',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

/** Undefined if nothing is left. */
export function allowedTrailers(record: FieldRecord): HeaderMap | undefined {
  const names: string[] = [];
  const values: string[] = [];
  for (let at = 0; at < record.names.length; at++) {
    if (forbidden.has(record.names[at]!)) continue;
    names.push(record.names[at]!);
    values.push(record.values[at]!);
  }
  return names.length === 0 ? undefined : new HeaderMap(names, values);
}
