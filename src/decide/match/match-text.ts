// Compares a text as a StringMatcher says.
import type { StringMatch } from '../config/string-match.ts';
import { asciiLower } from './ascii.ts';

export function matchesText(match: StringMatch, text: string): boolean {
  if (match.kind === 'regex') return match.regex.matches(text);
  const subject = match.ignoreCase ? asciiLower(text) : text;
  switch (match.kind) {
    case 'exact':
      return subject === match.value;
    case 'prefix':
      return subject.startsWith(match.value);
    case 'suffix':
      return subject.endsWith(match.value);
    case 'contains':
      return subject.includes(match.value);
  }
}
