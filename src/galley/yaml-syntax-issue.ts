// What people are told about text that is not YAML: the parser's finding in plain words, with what to do about it.
import type { YAMLError } from 'yaml';
import type { Issue, Place } from '../lib/issue.ts';

const starHint = 'a value that starts with `*` needs quotes';

const hints: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'fields of one object start in the same column',
  DUPLICATE_KEY: 'remove one of the two',
  BAD_ALIAS: starHint,
  BAD_SCALAR_START: 'put the value in quotes',
  MULTILINE_IMPLICIT_KEY: 'is a `:` missing, or the line above not indented as this one?',
  BLOCK_AS_IMPLICIT_KEY: 'a value with `: ` in it needs quotes',
  MISSING_CHAR: 'is a quote, a bracket or a `:` missing?',
  UNEXPECTED_TOKEN: 'is a quote or a bracket left open, or a value in need of quotes?',
};

/** `*.example.com` without quotes is a YAML alias: the commonest slip in lists of hosts. */
export function aliasIssue(name: string, place: Place): Issue {
  const message = `\`*${name}\` stands for something named \`&${name}\`, which is not there`;
  return { path: '', code: 'syntax', severity: 'error', message, hint: starHint, place };
}

export function syntaxIssue(error: YAMLError, place: Place, depth: number): Issue {
  const { message, hint } = inPlainWords(error, depth);
  return {
    path: '',
    code: error.code === 'DUPLICATE_KEY' ? 'duplicate' : 'syntax',
    severity: 'error',
    message,
    place,
    ...(hint === undefined ? {} : { hint }),
  };
}

function inPlainWords(error: YAMLError, depth: number): { message: string; hint?: string | undefined } {
  if (error.code === 'DUPLICATE_KEY') return { message: 'the field stands here twice', hint: hints.DUPLICATE_KEY };
  if (error.code === 'RESOURCE_EXHAUSTION') return { message: `nested deeper than ${depth} levels` };
  const bracket = /^Flow .* end with a (.)/.exec(error.message)?.[1];
  if (bracket !== undefined) {
    const open = bracket === ']' ? '[' : '{';
    return { message: `what \`${open}\` opens is not closed, or not indented`, hint: `is a \`${bracket}\` missing?` };
  }
  if (error.code === 'BAD_ALIAS') return { message: '`*` without quotes stands for something else', hint: starHint };
  const quote = /^Missing closing (.)quote/.exec(error.message)?.[1];
  if (quote !== undefined) return { message: 'a quote is left open', hint: `is a \`${quote}\` missing?` };
  const [line = ''] = error.message.split('\n', 1);
  return { message: line.slice(0, 1).toLowerCase() + line.slice(1), hint: hints[error.code] };
}
