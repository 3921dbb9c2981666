// Regular expressions with RE2 semantics, the only ones that may come from a user: linear time, no look-around.
import { RE2JS } from 're2js';

export type CompiledRegex =
  | { readonly ok: true; readonly regex: Regex; readonly groups: number }
  | { readonly ok: false; readonly problem: string };

export interface Regex {
  /** True if the pattern matches the whole text, as Envoy's matchers do. */
  matches(text: string): boolean;
  /** True if the pattern occurs anywhere. */
  test(text: string): boolean;
  /** Replaces every occurrence, as RE2's GlobalReplace does. */
  replaceAll(text: string, substitution: Substitution): string;
}

/** Text and numbers of groups in turn; 0 is the whole match. */
export type Substitution = readonly (string | number)[];

/** Compiles a pattern; `problem` says in RE2's words why it is none. Never throws. */
export function compileRegex(pattern: string): CompiledRegex {
  try {
    const compiled = RE2JS.compile(pattern);
    const regex: Regex = {
      matches: (text) => compiled.matches(text),
      test: (text) => compiled.test(text),
      replaceAll: (text, substitution) => replaceAll(compiled, text, substitution),
    };
    return { ok: true, regex, groups: compiled.groupCount() };
  } catch (error) {
    // re2js throws one class for every kind of bad pattern; its message is the text that RE2 would give.
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Parses a rewrite as RE2 has it: `\1` for a group, `\\` for a backslash. With a group that the pattern does not have nothing is
 * changed; any other escape ends the text.
 */
export function parseSubstitution(text: string, groups: number): Substitution {
  const parts: (string | number)[] = [];
  for (const [whole, plain, escape] of text.matchAll(/([^\\]+)|\\([0-9\\]?)/g)) {
    if (plain !== undefined) parts.push(plain);
    else if (escape === '\\') parts.push('\\');
    else if (whole.length < 2) break;
    else if (Number(escape) > groups) return [0];
    else parts.push(Number(escape));
  }
  return parts;
}

/** An empty match right behind the last match does not count. */
function replaceAll(compiled: RE2JS, text: string, substitution: Substitution): string {
  const matcher = compiled.matcher(text);
  let out = '';
  let at = 0;
  let lastEnd = -1;
  while (at <= text.length && matcher.find(at)) {
    const [start, end] = [matcher.start(), matcher.end()];
    out += text.slice(at, start);
    if (start === end && start === lastEnd) {
      out += text.slice(start, start + 1);
      at = start + 1;
      continue;
    }
    for (const part of substitution) out += typeof part === 'string' ? part : (matcher.group(part) ?? '');
    at = end;
    lastEnd = end;
  }
  return out + text.slice(at);
}
