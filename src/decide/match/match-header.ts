// Compares headers as HeaderMatchers say. Of several values of a name any one will do; inverted, none may.
import type { HeaderMatch } from '../config/string-match.ts';
import type { HeaderMap } from '../header-map.ts';
import { type RequestView, requestHeader } from '../request-view.ts';
import { decimalInteger } from './ascii.ts';
import { matchesText } from './match-text.ts';

export function matchesRequestHeaders(matches: readonly HeaderMatch[], request: RequestView): boolean {
  for (let at = 0; at < matches.length; at++) if (!matchesRequestHeader(matches[at]!, request)) return false;
  return true;
}

export function matchesRequestHeader(match: HeaderMatch, request: RequestView): boolean {
  const { name } = match;
  if (name.charCodeAt(0) === 58 || name === 'host') return matchesHeader(match, requestHeader(request, name));
  return matchesAnyHeader(match, request.headers);
}

export function matchesResponseHeader(match: HeaderMatch, headers: HeaderMap, status: number): boolean {
  return match.name === ':status' ? matchesHeader(match, String(status)) : matchesAnyHeader(match, headers);
}

export function matchesAnyHeader(match: HeaderMatch, { names, values }: HeaderMap): boolean {
  let at = names.indexOf(match.name);
  if (at < 0) return matchesHeader(match, undefined);
  do {
    if (holds(match, values[at]!)) return !match.invert;
    at = names.indexOf(match.name, at + 1);
  } while (at >= 0);
  return match.invert;
}

/** `value` is undefined where the header is missing: then it is no match even if inverted, but for presence. */
export function matchesHeader(match: HeaderMatch, value: string | undefined): boolean {
  if (value !== undefined || match.treatMissingAsEmpty) return holds(match, value ?? '') !== match.invert;
  return match.match.kind === 'present' && match.match.present === match.invert;
}

function holds({ match }: HeaderMatch, value: string): boolean {
  if (match.kind === 'present') return match.present;
  if (match.kind !== 'range') return matchesText(match, value);
  const number = decimalInteger(value);
  return number !== undefined && number >= match.start && number < match.end;
}
