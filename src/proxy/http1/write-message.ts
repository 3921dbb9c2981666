// Messages to text: heads, chunk framing, trailers. All latin1, names in lower case as Envoy writes them. Nothing that could end a line
// or a head early leaves here: such bytes in a value become spaces, in a name or a start line they are a fault of ours.
import type { HeaderMap } from '../../decide/header-map.ts';
import { MeshError } from '../../lib/mesh-error.ts';
import { targetByte, tokenLower } from './byte-class.ts';
import { safeValue } from './safe-value.ts';
import { reasonOf } from './status-text.ts';

/** How the body of the message will be told: `content-length` among the headers, chunks, or nothing. */
export type BodyFraming = 'as-is' | 'chunked';

/** `target` is a path with query; for CONNECT, host and port. `headers` without `host`. */
export function requestHead(
  method: string,
  target: string,
  authority: string,
  headers: HeaderMap,
  framing: BodyFraming = 'as-is',
): string {
  checkTarget(target);
  return `${method} ${target} HTTP/1.1\r\nhost: ${safeValue(authority)}\r\n${fieldLines(headers)}${lastLines(framing)}`;
}

/** `connection` is written as the Connection header unless empty. */
export function responseHead(status: number, headers: HeaderMap, framing: BodyFraming = 'as-is', connection = ''): string {
  const option = connection === '' ? '' : `connection: ${connection}\r\n`;
  return `HTTP/1.1 ${status} ${reasonOf(status)}\r\n${fieldLines(headers)}${option}${lastLines(framing)}`;
}
