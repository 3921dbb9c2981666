// Decodes matchers of texts, headers and query parameters. Regexes are compiled here, once.
import type {
  HeaderMatcher,
  QueryParameterMatcher,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import type { RegexMatchAndSubstitute, RegexMatcher } from '../../../proto/gen/envoy/type/matcher/v3/regex_pb.ts';
import type { StringMatcher } from '../../../proto/gen/envoy/type/matcher/v3/string_pb.ts';
import { compileRegex, parseSubstitution, type Regex } from '../../../lib/re2.ts';
import type { HeaderMatch, HeaderValueMatch, QueryParameterMatch, RegexRewrite, StringMatch } from '../string-match.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { fromLatin1, latin1 } from './latin1.ts';
import { headerName, headerText, requireText } from './value.ts';

/** Stands where a pattern was refused: the configuration never comes into force. */
const never: Regex = { matches: () => false, test: () => false, replaceAll: (text) => text };

interface Compiled {
  readonly pattern: string;
  readonly regex: Regex;
  readonly groups: number;
}

export function regexMatch(message: RegexMatcher | undefined, at: Cursor): Compiled {
  const where = under(at, 'regex');
  const pattern = message?.regex ?? '';
  if (pattern === '') {
    requireText('', where);
    return { pattern, regex: never, groups: 0 };
  }
  const compiled = compileRegex(pattern);
  if (compiled.ok) return { pattern, regex: onWire(compiled.regex), groups: compiled.groups };
  refuse(where, 'bad-regex', compiled.problem);
  return { pattern, regex: never, groups: 0 };
}

/** Takes texts as they are on the wire, a character per byte. */
function onWire(regex: Regex): Regex {
  return {
    matches: (text) => regex.matches(fromLatin1(text)),
    test: (text) => regex.test(fromLatin1(text)),
    replaceAll: (text, substitution) => latin1(regex.replaceAll(fromLatin1(text), substitution)),
  };
}

export function regexRewrite(message: RegexMatchAndSubstitute, at: Cursor): RegexRewrite {
  const { pattern, regex, groups } = regexMatch(message.pattern, under(at, 'pattern'));
  headerText(message.substitution, under(at, 'substitution'));
  return { pattern, regex, substitution: parseSubstitution(message.substitution, groups) };
}

export function stringMatch(message: StringMatcher, at: Cursor): StringMatch {
  const { matchPattern, ignoreCase } = message;
  switch (matchPattern.case) {
    case 'exact':
      return plain('exact', matchPattern.value, ignoreCase);
    case 'prefix':
    case 'suffix':
    case 'contains':
      requireText(matchPattern.value, under(at, matchPattern.case));
      return plain(matchPattern.case, matchPattern.value, ignoreCase);
    case 'safeRegex':
      return { kind: 'regex', ...regexMatch(matchPattern.value, under(at, 'safe_regex')) };
    case 'custom':
      notYet(under(at, 'custom'), 'a custom matcher');
      break;
    case undefined:
      refuse(under(at, 'match_pattern'), 'missing', 'value is required');
  }
  return plain('exact', '', false);
}

function plain(kind: 'exact' | 'prefix' | 'suffix' | 'contains', text: string, ignoreCase: boolean): StringMatch {
  const value = latin1(text);
  return { kind, value: ignoreCase ? value.toLowerCase() : value, ignoreCase };
}

export function headerMatches(messages: readonly HeaderMatcher[], at: Cursor): HeaderMatch[] {
  return messages.map((message, index) => headerMatch(message, under(at, index)));
}

export function headerMatch(message: HeaderMatcher, at: Cursor): HeaderMatch {
  return {
    name: headerName(message.name, under(at, 'name')),
    match: headerValueMatch(message, at),
    invert: message.invertMatch,
    treatMissingAsEmpty: message.treatMissingHeaderAsEmpty,
  };
}

/** Without any condition: the header is there. */
function headerValueMatch({ headerMatchSpecifier: by }: HeaderMatcher, at: Cursor): HeaderValueMatch {
  switch (by.case) {
    case undefined:
      return { kind: 'present', present: true };
    case 'presentMatch':
      return { kind: 'present', present: by.value };
    case 'stringMatch':
      return stringMatch(by.value, under(at, 'string_match'));
    case 'rangeMatch':
      return { kind: 'range', start: Number(by.value.start), end: Number(by.value.end) };
    case 'exactMatch':
      return plain('exact', by.value, false);
    case 'prefixMatch':
      return plain('prefix', requireText(by.value, under(at, 'prefix_match')), false);
    case 'suffixMatch':
      return plain('suffix', requireText(by.value, under(at, 'suffix_match')), false);
    case 'containsMatch':
      return plain('contains', requireText(by.value, under(at, 'contains_match')), false);
    case 'safeRegexMatch':
      return { kind: 'regex', ...regexMatch(by.value, under(at, 'safe_regex_match')) };
  }
}

export function queryParameterMatches(messages: readonly QueryParameterMatcher[], at: Cursor): QueryParameterMatch[] {
  return messages.map((message, index) => queryParameterMatch(message, under(at, index)));
}

function queryParameterMatch(
  { name, queryParameterMatchSpecifier: by }: QueryParameterMatcher,
  at: Cursor,
): QueryParameterMatch {
  requireText(name, under(at, 'name'));
  if (name.length > 1024) refuse(under(at, 'name'), 'out-of-range', 'value length must be at most 1024 bytes');
  switch (by.case) {
    case undefined:
      return { name, match: { kind: 'present', present: true } };
    case 'presentMatch':
      return { name, match: { kind: 'present', present: by.value } };
    case 'stringMatch':
      return { name, match: stringMatch(by.value, under(at, 'string_match')) };
  }
}
