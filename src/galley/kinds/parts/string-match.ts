// StringMatch, the exact/prefix/regex choice of Istio's kinds.
import { compileRegex } from '../../../lib/re2.ts';
import type { StringMatch, ValueMatch } from '../../../model/route-table.ts';
import { object, string } from '../../schema.ts';
import type { IssueList, Problem } from './issue-list.ts';

export const stringMatchSchema = object(
  { exact: string(), prefix: string(), regex: string() },
  { oneOf: [['exact', 'prefix', 'regex']] },
);

export interface StringMatchBody {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

/** Envoy takes bigger programs, but Istio stops here so that no proxy refuses one. */
const maxRegexLength = 1024;

export function checkRegex(pattern: string): Problem {
  if (pattern === '') return { code: 'bad-regex', message: 'a regex must not be empty' };
  if (pattern.length > maxRegexLength) {
    return {
      code: 'bad-regex',
      message: `the regex is ${pattern.length} characters long, at most ${maxRegexLength} are allowed`,
    };
  }
  const compiled = compileRegex(pattern);
  return compiled.ok
    ? undefined
    : { code: 'bad-regex', message: compiled.problem, hint: 'RE2 syntax: https://github.com/google/re2/wiki/Syntax' };
}

/** `uri` may have an empty prefix, Envoy's string matchers not. */
export function checkStringMatch(
  match: StringMatchBody | undefined,
  path: string,
  list: IssueList,
  allow: { readonly emptyPrefix?: boolean } = {},
): void {
  if (match?.prefix === '' && allow.emptyPrefix !== true) {
    list.error(`${path}.prefix`, 'bad-value', 'a prefix must not be empty');
  }
  if (match?.regex !== undefined) list.add(`${path}.regex`, checkRegex(match.regex));
}

/** undefined for `{}`, which restricts nothing. */
export function lowerStringMatch(match: StringMatchBody | undefined): StringMatch | undefined {
  if (match?.exact !== undefined) return { kind: 'exact', value: match.exact };
  if (match?.prefix !== undefined) return { kind: 'prefix', value: match.prefix };
  return match?.regex === undefined ? undefined : { kind: 'regex', value: match.regex };
}

/** `{}` and the regex `*`, which is no regex but Istio's way to say it, ask only for presence. */
export function lowerValueMatch(match: StringMatchBody): ValueMatch {
  const lowered = lowerStringMatch(match);
  return lowered === undefined || (lowered.kind === 'regex' && lowered.value === '*') ? { kind: 'present' } : lowered;
}
