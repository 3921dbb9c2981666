// Prints a JSON access log line from its format.
import type { JsonFormat, JsonFormatObject } from '../config/access-log.ts';
import type { FormatContext } from './format-context.ts';
import { formatValue } from './format-text.ts';

/** One line, without its line end. What is missing is null, or left out if `omitEmpty`. */
export function formatJson(root: JsonFormatObject, context: FormatContext, omitEmpty: boolean): string {
  return print(root, context, omitEmpty) ?? '{}';
}

/** undefined: left out. */
function print(format: JsonFormat, context: FormatContext, omitEmpty: boolean): string | undefined {
  switch (format.kind) {
    case 'literal':
      return JSON.stringify(format.value);
    case 'format': {
      const value = formatValue(format.format, context, omitEmpty ? '' : '-');
      if (value === undefined) return omitEmpty ? undefined : 'null';
      return typeof value === 'number' ? String(value) : JSON.stringify(value);
    }
    case 'list':
      return `[${format.items.map((item) => print(item, context, omitEmpty) ?? 'null').join(',')}]`;
    case 'object': {
      const fields: string[] = [];
      for (const [name, field] of format.fields) {
        const value = print(field, context, omitEmpty);
        if (value !== undefined) fields.push(`${JSON.stringify(name)}:${value}`);
      }
      return `{${fields.join(',')}}`;
    }
  }
}
