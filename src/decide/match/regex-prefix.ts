// The text with which everything that a regular expression matches as a whole has to begin. Errs towards the empty text.

const quantifiers = '*+?{';

/** Literal characters up to the first one with a meaning; a quantified one does not count. `|` anywhere: none. */
export function literalPrefix(pattern: string): string {
  if (pattern.includes('|')) return '';
  let prefix = '';
  let at = pattern.startsWith('^') ? 1 : 0;
  while (at < pattern.length) {
    let char = pattern[at]!;
    let next = at + 1;
    if (char === '\\') {
      char = pattern[next] ?? '';
      next++;
      // Escaped letters and digits are classes, assertions and codes.
      if (!/[./\-_:]/.test(char) || char === '') break;
    } else if (!/[\w/\-:,~ ]/.test(char)) break;
    if (quantifiers.includes(pattern[next] ?? '-')) break;
    prefix += char;
    at = next;
  }
  return prefix;
}
