// Compares headers as HeaderMatchers say. Several values of a name are joined by a comma first.
import type { HeaderMatch } from '../config/string-match.ts';
import type { HeaderMap } from '../header-map.ts';
import { type RequestView, requestHeader } from '../request-view.ts';
import { decimalInteger } from './ascii.ts';
import { matchesText } from './match-text.ts';

export function matchesRequestHeaders(matches: readonly HeaderMatch[], request: RequestView): boolean {
  for (let at = 0; at < matches.length; at++) {
    const match = matches[at]!;
    if (!matchesHeader(match, requestHeader(request, match.name))) return false;
  }
  return true;
}

/** On a response; `:status` is among the headers only if the caller put it there. */
export function matchesResponseHeader(match: HeaderMatch, headers: HeaderMap, status: number): boolean {
  return matchesHeader(match, match.name === ':status' ? String(status) : headers.joined(match.name));
}

/** `value` is undefined where the header is missing. */
export function matchesHeader({ match, invert, treatMissingAsEmpty }: HeaderMatch, value: string | undefined): boolean {
  if (value === undefined) {
    if (!treatMissingAsEmpty) return match.kind === 'present' && match.present === invert;
    value = '';
  }
  if (match.kind === 'present') return match.present !== invert;
  if (match.kind !== 'range') return matchesText(match, value) !== invert;
  const number = decimalInteger(value);
  return (number !== undefined && number >= match.start && number < match.end) !== invert;
}
