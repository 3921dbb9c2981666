// Regular expressions with RE2 semantics, the only ones that may come from a user: linear time, no look-around.
import { RE2JS } from 're2js';

export type CompiledRegex =
  | { readonly ok: true; readonly regex: Regex }
  | { readonly ok: false; readonly problem: string };

export interface Regex {
  /** True if the pattern matches the whole text, as Envoy's matchers do. */
  matches(text: string): boolean;
  /** True if the pattern occurs anywhere. */
  test(text: string): boolean;
}

/** Compiles a pattern; `problem` says in RE2's words why it is none. Never throws. */
export function compileRegex(pattern: string): CompiledRegex {
  try {
    const compiled = RE2JS.compile(pattern);
    const regex: Regex = {
      matches: (text) => compiled.matches(text),
      test: (text) => compiled.test(text),
    };
    return { ok: true, regex };
  } catch (error) {
    // re2js throws one class for every kind of bad pattern; its message is the text that RE2 would give.
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
