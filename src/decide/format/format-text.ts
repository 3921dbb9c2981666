// Evaluates format strings. Each is compiled at its first use and kept for as long as its configuration lives.
import type { FormatPart, FormatString } from '../config/format-string.ts';
import { requestHeader } from '../request-view.ts';
import { type Command, commands, type FormatValue } from './commands.ts';
import type { FormatContext } from './format-context.ts';

type CompiledPart = (context: FormatContext) => FormatValue;

const compiled = new WeakMap<FormatString, readonly CompiledPart[]>();

/** The value for a header: what is missing prints as nothing. */
export function formatHeaderValue(format: FormatString, context: FormatContext): string {
  return formatText(format, context, '');
}

/** `missing` stands where there is no value: `-` in logs. */
export function formatText(format: FormatString, context: FormatContext, missing = '-'): string {
  if (format.constant !== undefined) return format.constant;
  const parts = partsOf(format);
  let text = '';
  for (let at = 0; at < parts.length; at++) text += parts[at]!(context) ?? missing;
  return text;
}

/** The value of a format that is one command alone, with its type; of all others the text. */
export function formatValue(format: FormatString, context: FormatContext, missing = '-'): FormatValue {
  if (format.parts.length === 1) return format.constant ?? partsOf(format)[0]!(context);
  return formatText(format, context, missing);
}

function partsOf(format: FormatString): readonly CompiledPart[] {
  let parts = compiled.get(format);
  if (parts === undefined) {
    parts = format.parts.map(compilePart);
    compiled.set(format, parts);
  }
  return parts;
}

const nothing: Command = () => undefined;

function compilePart(part: FormatPart): CompiledPart {
  switch (part.kind) {
    case 'text':
      return () => part.text;
    case 'header': {
      const { name, alternative } = part;
      const read = headerReader(part.of);
      return shortened(part.maxLength, (context) => {
        const value = read(context, name);
        return value === undefined && alternative !== undefined ? read(context, alternative) : value;
      });
    }
    case 'command': {
      const command = commands.get(part.name) ?? nothing;
      const { argument } = part;
      return shortened(part.maxLength, (context) => command(context, argument));
    }
  }
}

type HeaderReader = (context: FormatContext, name: string) => string | undefined;

/** Of a header with several values the first counts. */
function headerReader(of: 'request' | 'response' | 'trailer'): HeaderReader {
  switch (of) {
    case 'request':
      return ({ request }, name) =>
        request &&
        (name.startsWith(':') || name === 'host'
          ? requestHeader(request, name) || undefined
          : request.headers.get(name));
    case 'response':
      return ({ responseHeaders, stream }, name) =>
        name === ':status' ? (stream.headStatus || stream.responseCode)?.toString() : responseHeaders?.get(name);
    case 'trailer':
      return ({ responseTrailers }, name) => responseTrailers?.get(name);
  }
}

function shortened(maxLength: number | undefined, read: CompiledPart): CompiledPart {
  if (maxLength === undefined) return read;
  return (context) => {
    const value = read(context);
    return typeof value === 'string' ? value.slice(0, maxLength) : value;
  };
}
