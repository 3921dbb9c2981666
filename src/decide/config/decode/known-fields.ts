// The fields of a message that a decoder knows. Any other that is set changes what Envoy would do, and is refused.
import type { DescField, DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Cursor } from './cursor.ts';
import { notYet, under } from './cursor.ts';

type FieldNames<Desc extends DescMessage> = Exclude<keyof MessageShape<Desc>, '$typeName' | '$unknown'>;

/** `read`: what the decoder looks at (a oneof by its own name). `harmless`: what makes no difference to requests. */
export interface KnownFields<Desc extends DescMessage> {
  readonly read: readonly FieldNames<Desc>[];
  readonly harmless?: readonly FieldNames<Desc>[];
}

export type FieldCheck<Desc extends DescMessage> = (message: MessageShape<Desc>, at: Cursor) => void;

/** Descriptors are walked at first use: they cost start-up time. */
export function knownFields<Desc extends DescMessage>(schema: Desc, known: KnownFields<Desc>): FieldCheck<Desc> {
  let unknown: readonly DescField[] | undefined;
  return (message, at) => {
    unknown ??= unlisted(schema, new Set<unknown>([...known.read, ...(known.harmless ?? [])]));
    for (const field of unknown)
      if (isSet(message, field)) notYet(under(at, field.name), `${schema.name}.${field.name}`);
  };
}

function unlisted(schema: DescMessage, listed: ReadonlySet<unknown>): DescField[] {
  return schema.fields.filter((field) => !listed.has(field.oneof?.localName ?? field.localName));
}

function isSet(message: object, field: DescField): boolean {
  const fields = message as Readonly<Record<string, unknown>>;
  if (field.oneof !== undefined) {
    const chosen = fields[field.oneof.localName] as { readonly case?: string } | undefined;
    return chosen?.case === field.localName;
  }
  return isValue(fields[field.localName], field);
}

function isValue(value: unknown, field: DescField): boolean {
  switch (field.fieldKind) {
    case 'message':
      return value !== undefined;
    case 'list':
      return (value as readonly unknown[]).length > 0;
    case 'map':
      return Object.keys(value as object).length > 0;
    case 'scalar':
    case 'enum':
      return value instanceof Uint8Array ? value.length > 0 : Boolean(value);
  }
}
