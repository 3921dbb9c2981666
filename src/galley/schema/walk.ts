// Lists the fields of a schema, for docs/fields.md and for whoever wants to know what Heddle takes.
import type { FieldStatus, Schema } from '../schema.ts';
import { rangeText } from './check-scalar.ts';

export interface FieldDescription {
  /** `spec.http[].match[].headers.*.exact`: `[]` stands for every item, `*` for every key of a map. */
  readonly path: string;
  /** For readers: `string`, `integer, 0 to 100`, `list of object`, `one of A, B`. */
  readonly type: string;
  readonly required: boolean;
  /** A field below one that is refused or not yet done is so too. */
  readonly state: 'done' | FieldStatus['state'];
  readonly note: string;
  /** Enum values that differ in state from their field. */
  readonly values: readonly (FieldStatus & { readonly value: string })[];
}

/** Every field, containers included, in the schema's order. */
export function walkSchema(schema: Schema, path = '', inherited?: FieldStatus): FieldDescription[] {
  const status = schema.status ?? inherited;
  const below = childrenOf(schema, path).flatMap(([inner, at]) => walkSchema(inner, at, status));
  if (path === '' || path.endsWith('[]') || path.endsWith('.*')) return below;
  const here: FieldDescription = {
    path,
    type: typeText(schema),
    required: schema.required === true,
    state: status?.state ?? 'done',
    note: schema.status?.note ?? '',
    values:
      schema.kind === 'string'
        ? Object.entries(schema.valueStatus ?? {}).map(([value, its]) => ({ value, ...its }))
        : [],
  };
  return [here, ...below];
}

function childrenOf(schema: Schema, path: string): [Schema, string][] {
  if (schema.kind === 'object') {
    return Object.entries(schema.fields).map(([name, field]) => [field, path === '' ? name : `${path}.${name}`]);
  }
  if (schema.kind === 'map') return [[schema.values, `${path}.*`]];
  return schema.kind === 'array' ? [[schema.items, `${path}[]`]] : [];
}

export function typeText(schema: Schema): string {
  switch (schema.kind) {
    case 'array':
      return `list of ${typeText(schema.items)}`;
    case 'map':
      return `map of ${typeText(schema.values)}`;
    case 'integer':
    case 'number':
      return [schema.kind, rangeText(schema)].filter((part) => part !== '').join(', ');
    case 'string':
      return schema.values === undefined ? 'string' : `one of ${schema.values.join(', ')}`;
    case 'int-or-string':
      return 'integer or string';
    case 'object':
    case 'boolean':
    case 'duration':
    case 'any':
      return schema.kind;
  }
}
