// The text of heads that go out: latin1, names in lower case as Envoy writes them.
import type { HeaderMap } from '../../decide/header-map.ts';
import type { RequestView } from '../../decide/request-view.ts';
import { statusLine } from '../http1/status-line.ts';
import { fieldLines, lastChunk, lastChunkWithTrailers, safeTarget, safeValue } from '../http1/write-message.ts';
import type { RequestBody } from './request-body.ts';
import type { HttpStream } from './stream.ts';

export function requestHeadText(
  request: RequestView,
  body: Pick<RequestBody, 'chunked' | 'contentLength' | 'tunnel'>,
): string {
  const start = `${request.method} ${safeTarget(request.path)} HTTP/1.1\r\nhost: ${safeValue(request.authority)}\r\n`;
  const framing = body.chunked ? 'transfer-encoding: chunked\r\n\r\n' : emptyBody(request, body);
  return start + fieldLines(request.headers) + framing;
}

/** Where a body is usual, its absence is said. */
function emptyBody(
  { method }: RequestView,
  { contentLength, tunnel }: Pick<RequestBody, 'contentLength' | 'tunnel'>,
): string {
  if (contentLength !== undefined || tunnel || bodiless.has(method)) return '\r\n';
  return 'content-length: 0\r\n\r\n';
}

const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'TRACE', 'CONNECT']);

/** `framing` and `connection` are header lines, or nothing. */
export function responseHeadText(stream: HttpStream, headers: HeaderMap, framing: string, connection: string): string {
  const line = statusLine(stream.responseCode);
  const start = stream.protocol === 'HTTP/1.1' ? line : stream.protocol + line.slice(stream.protocol.length);
  return `${start}${fieldLines(headers)}${framing}${connection}\r\n`;
}

export function informationalText(status: number, headers: HeaderMap): string {
  return `${statusLine(status)}${fieldLines(headers)}\r\n`;
}

/** The end of a chunked body. */
export function endText(trailers: HeaderMap | undefined): string {
  return trailers ? lastChunkWithTrailers(trailers) : lastChunk;
}
