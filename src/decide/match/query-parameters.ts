// Query parameters as Envoy reads them: nothing is decoded, and the first of a name counts.
import type { QueryParameterMatch } from '../config/string-match.ts';
import { matchesText } from './match-text.ts';

export function queryParameter(path: string, name: string): string | undefined {
  const question = path.indexOf('?');
  if (question < 0) return undefined;
  let start = question + 1;
  while (start < path.length) {
    let end = path.indexOf('&', start);
    if (end < 0) end = path.length;
    const equal = path.indexOf('=', start);
    const nameEnd = equal < 0 || equal > end ? end : equal;
    if (nameEnd - start === name.length && path.startsWith(name, start)) return path.slice(nameEnd + 1, end);
    start = end + 1;
  }
  return undefined;
}

export function matchesQueryParameters(matches: readonly QueryParameterMatch[], path: string): boolean {
  for (let at = 0; at < matches.length; at++) {
    const { name, match } = matches[at]!;
    const value = queryParameter(path, name);
    const holds =
      match.kind === 'present'
        ? (value !== undefined) === match.present
        : value !== undefined && matchesText(match, value);
    if (!holds) return false;
  }
  return true;
}
