// Parses format strings (Envoy's SubstitutionFormatParser).
import type { FormatPart, FormatString } from '../format-string.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, warn } from './cursor.ts';
import {
  argumentOf,
  foreignCommands,
  headerCommands,
  plainCommands,
  shortenedCommands,
} from '../../../proto/format-commands.ts';

const command = /%([A-Z0-9_]+)(?:\(([\s\S]*?)\))?(?::(\d+))?%/y;
const headerArgument = /^([^?()\s\0]+)(?:\?([^?()\s\0]+))?$/;

const empty: FormatString = { source: '', parts: [], constant: '' };

/** What happens to commands in languages that are not spoken here: a log prints them as missing, a header may not be made up. */
export type ForeignCommands = 'refused' | 'missing';

/** `source` is as on the wire: a character per byte. */
export function formatString(source: string, at: Cursor, foreign: ForeignCommands = 'refused'): FormatString {
  if (source === '') return empty;
  if (!source.includes('%')) return { source, parts: [{ kind: 'text', text: source }], constant: source };
  const parts: FormatPart[] = [];
  let text = '';
  let index = 0;
  while (index < source.length) {
    const next = source.indexOf('%', index);
    if (next < 0 || source[next + 1] === '%') {
      const end = next < 0 ? source.length : next + 1;
      text += source.slice(index, end);
      index = next < 0 ? end : next + 2;
      continue;
    }
    text += source.slice(index, next);
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
    command.lastIndex = next;
    const found = command.exec(source);
    const part = found === null ? undefined : parseCommand(found, at, foreign);
    if (found === null)
      refuse(at, 'bad-value', `Incorrect configuration: ${source}. Couldn't find valid command at position ${next}`);
    if (found === null || part === undefined) return empty;
    parts.push(part);
    index = command.lastIndex;
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return { source, parts, constant: constantOf(parts) };
}

function constantOf(parts: readonly FormatPart[]): string | undefined {
  const [only, ...rest] = parts;
  return only?.kind === 'text' && rest.length === 0 ? only.text : undefined;
}

/** undefined after having said what is wrong with it. */
function parseCommand(found: RegExpExecArray, at: Cursor, foreign: ForeignCommands): FormatPart | undefined {
  const [whole, name = '', argument, length] = found;
  const maxLength = length === undefined ? undefined : Number(length);
  const of = Object.hasOwn(headerCommands, name) ? headerCommands[name] : undefined;
  if (of !== undefined) {
    const [, header, alternative] = headerArgument.exec(argument ?? '') ?? [];
    if (header !== undefined) {
      return { kind: 'header', of, name: header.toLowerCase(), alternative: alternative?.toLowerCase(), maxLength };
    }
    refuse(at, 'bad-value', `Incorrect header configuration: ${whole}`);
    return undefined;
  }
  if (foreignCommands.has(name)) {
    if (foreign === 'refused') notYet(at, `the command ${name}`);
    else warn(at, `the command ${name} is not supported and prints as missing`);
    return foreign === 'refused' ? undefined : { kind: 'command', name, argument, maxLength };
  }
  if (!isCommand(name, argument) || (maxLength !== undefined && !shortenedCommands.has(name))) {
    refuse(at, 'bad-value', `Not supported field in StreamInfo: ${whole}`);
    return undefined;
  }
  return { kind: 'command', name, argument, maxLength };
}

function isCommand(name: string, argument: string | undefined): boolean {
  if (argument === undefined) return plainCommands.has(name);
  return Object.hasOwn(argumentOf, name) && argumentOf[name]?.test(argument) === true;
}
