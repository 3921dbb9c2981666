// Messages to text: latin1, names in lower case as Envoy writes them.
import type { HeaderMap } from '../../decide/header-map.ts';
import { safeValue } from './safe-value.ts';
import { reasonOf } from './status-text.ts';

/** `as-is`: the headers tell it. */
export type WriteFraming = 'as-is' | 'chunked';

const tails: Readonly<Record<WriteFraming, string>> = {
  'as-is': '\r\n',
  chunked: 'transfer-encoding: chunked\r\n\r\n',
};

/** Header lines without the empty line behind them. */
export function fieldLines({ names, values }: HeaderMap): string {
  let text = '';
  for (let at = 0; at < names.length; at++) text += `${names[at]!}: ${safeValue(values[at]!)}\r\n`;
  return text;
}

export function requestHead(
  method: string,
  target: string,
  authority: string,
  headers: HeaderMap,
  framing: WriteFraming = 'as-is',
): string {
  return `${method} ${target} HTTP/1.1\r\nhost: ${safeValue(authority)}\r\n${fieldLines(headers)}${tails[framing]}`;
}

export function responseHead(status: number, headers: HeaderMap, framing: WriteFraming = 'as-is'): string {
  return `HTTP/1.1 ${status} ${reasonOf(status)}\r\n${fieldLines(headers)}${tails[framing]}`;
}
