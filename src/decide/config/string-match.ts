// How a text is compared: Envoy's StringMatcher, HeaderMatcher and QueryParameterMatcher.
import type { Regex, Substitution } from '../../lib/re2.ts';

/** With `ignoreCase` the value is lower-cased already (ASCII); the text has to be. A regex is held against the whole text. */
export type StringMatch =
  | {
      readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains';
      readonly value: string;
      readonly ignoreCase: boolean;
    }
  | { readonly kind: 'regex'; readonly pattern: string; readonly regex: Regex };

/** `range` takes the header's value as a decimal integer: start <= value < end. */
export type HeaderValueMatch =
  | StringMatch
  | { readonly kind: 'range'; readonly start: number; readonly end: number }
  | { readonly kind: 'present'; readonly present: boolean };

export interface HeaderMatch {
  /** Lower-cased; may be a pseudo header: `:method`, `:authority`, `:path`, `:scheme`. */
  readonly name: string;
  readonly match: HeaderValueMatch;
  readonly invert: boolean;
  readonly treatMissingAsEmpty: boolean;
}

export interface QueryParameterMatch {
  readonly name: string;
  readonly match: StringMatch | { readonly kind: 'present'; readonly present: boolean };
}

/** Replaces every occurrence of the pattern: `regex.replaceAll(text, substitution)`. */
export interface RegexRewrite {
  readonly pattern: string;
  readonly regex: Regex;
  readonly substitution: Substitution;
}
