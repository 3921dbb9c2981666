// The text of heads that go out: latin1, names in lower case as Envoy writes them.
import type { HeaderMap } from '../../decide/header-map.ts';
import type { RequestView } from '../../decide/request-view.ts';
import type { RequestBody } from './request-body.ts';
import type { HttpStream } from './stream.ts';

export function requestHeadText(
  request: RequestView,
  body: Pick<RequestBody, 'chunked' | 'contentLength' | 'tunnel'>,
): string {
  const start = `${request.method} ${request.path} HTTP/1.1\r\nhost: ${request.authority}\r\n`;
  const framing = body.chunked ? 'transfer-encoding: chunked\r\n\r\n' : emptyBody(request, body);
  return start + headerText(request.headers) + framing;
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

/** Without the empty line behind them. */
export function headerText({ names, values }: HeaderMap): string {
  let text = '';
  for (let at = 0; at < names.length; at++) text += `${names[at]}: ${values[at]}\r\n`;
  return text;
}

/** `framing` and `connection` are header lines, or nothing. */
export function responseHeadText(stream: HttpStream, headers: HeaderMap, framing: string, connection: string): string {
  const start = `${stream.protocol} ${statusText(stream.responseCode)}\r\n${headerText(headers)}`;
  return `${start}${framing}${connection}\r\n`;
}

export function informationalText(status: number, headers: HeaderMap): string {
  return `HTTP/1.1 ${statusText(status)}\r\n${headerText(headers)}\r\n`;
}

/** The end of a chunked body. */
export function endText(trailers: HeaderMap | undefined): string {
  return trailers ? `0\r\n${headerText(trailers)}\r\n` : '0\r\n\r\n';
}

/** The status with the words that HTTP has for it, whatever the upstream's were: as Envoy. */
function statusText(status: number): string {
  return statusTexts.get(status) ?? `${status} Unknown`;
}

const statusTexts: ReadonlyMap<number, string> = new Map(
  `100 Continue|101 Switching Protocols|102 Processing|200 OK|201 Created|202 Accepted
  |203 Non-Authoritative Information|204 No Content|205 Reset Content|206 Partial Content|207 Multi-Status
  |208 Already Reported|226 IM Used|300 Multiple Choices|301 Moved Permanently|302 Found|303 See Other|304 Not Modified
  |305 Use Proxy|307 Temporary Redirect|308 Permanent Redirect|400 Bad Request|401 Unauthorized|402 Payment Required
  |403 Forbidden|404 Not Found|405 Method Not Allowed|406 Not Acceptable|407 Proxy Authentication Required
  |408 Request Timeout|409 Conflict|410 Gone|411 Length Required|412 Precondition Failed|413 Payload Too Large
  |414 URI Too Long|415 Unsupported Media Type|416 Range Not Satisfiable|417 Expectation Failed|421 Misdirected Request
  |422 Unprocessable Entity|423 Locked|424 Failed Dependency|425 Too Early|426 Upgrade Required|428 Precondition Required
  |429 Too Many Requests|431 Request Header Fields Too Large|500 Internal Server Error|501 Not Implemented
  |502 Bad Gateway|503 Service Unavailable|504 Gateway Timeout|505 HTTP Version Not Supported
  |506 Variant Also Negotiates|507 Insufficient Storage|508 Loop Detected|510 Not Extended
  |511 Network Authentication Required`
    .split('|')
    .map((text) => [Number.parseInt(text, 10), text.trim()]),
);
