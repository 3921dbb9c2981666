// Mutates encoded protobuf messages so that about half still parse: fields are dropped, repeated, exchanged and rewritten with the
// lengths around them kept right; and now and then bytes are changed blindly.

/** A field: its tag, and a number's bytes, a text's bytes, or the fields of a message inside. */
interface Field {
  readonly tag: number;
  readonly value: Uint8Array | readonly Field[];
}

/** `random()` in [0, 1), as Math.random; seeded, so that a run can be repeated. */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const below = (random: Random, end: number): number => Math.floor(random() * end);

/** Texts that mean something somewhere in xDS, or nothing anywhere. */
const words = [
  '',
  '*',
  '/',
  '(',
  '[a-z]+',
  '\\1',
  '%',
  '%REQ(X)%',
  '%NOPE%',
  ':path',
  'host',
  '10.0.0.1',
  '::',
  'a\nb',
  '\0',
  'é',
  '%%',
];
const numbers = [0, 1, 2, 5, 99, 200, 600, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 53];

/** Parsed once, mutated often. */
export class Mutator {
  readonly #bytes: Uint8Array;
  readonly #fields: readonly Field[];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#fields = parse(bytes, 0) ?? [];
  }

  mutate(random: Random): Uint8Array {
    if (random() < 0.4) return flipBytes(this.#bytes, random);
    let fields = this.#fields;
    for (let times = 1 + below(random, 3); times > 0; times -= 1) fields = mutateFields(fields, random);
    return encode(fields);
  }
}

function flipBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const out = Uint8Array.from(bytes);
  for (let times = 1 + below(random, 4); times > 0; times -= 1) out[below(random, out.length)] = below(random, 256);
  return random() < 0.2 ? out.subarray(0, below(random, out.length)) : out;
}

function mutateFields(fields: readonly Field[], random: Random): readonly Field[] {
  if (fields.length === 0) return [{ tag: (1 + below(random, 60)) << 3, value: varint(below(random, 300)) }];
  const at = below(random, fields.length);
  const field = fields[at] as Field;
  if (Array.isArray(field.value) && random() < 0.85) {
    return fields.with(at, { tag: field.tag, value: mutateFields(field.value as readonly Field[], random) });
  }
  switch (below(random, 5)) {
    case 0:
      return fields.toSpliced(at, 1);
    case 1:
      return fields.toSpliced(at, 0, field);
    case 2:
      return fields.with(at, { tag: field.tag, value: fields[below(random, fields.length)]?.value ?? field.value });
    case 3:
      return fields.with(at, { tag: ((1 + below(random, 60)) << 3) | (field.tag & 7), value: field.value });
    default:
      return fields.with(at, { tag: field.tag, value: otherValue(field, random) });
  }
}

function otherValue({ tag, value }: Field, random: Random): Uint8Array {
  if ((tag & 7) === 0) return varint(numbers[below(random, numbers.length)] ?? 0);
  if ((tag & 7) === 2) return new TextEncoder().encode(words[below(random, words.length)]);
  return value instanceof Uint8Array ? value.map(() => below(random, 256)) : new Uint8Array();
}

/** undefined if the bytes are no message. What could be a text as well as a message is taken for a text if it is one to read. */
function parse(bytes: Uint8Array, depth: number): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === undefined || tag.value < 8 || tag.value > 2 ** 20) return undefined;
    const start = tag.end;
    const length = lengthOf(bytes, start, tag.value & 7);
    if (length === undefined || length.end > bytes.length) return undefined;
    const inside = bytes.subarray(length.start, length.end);
    const isText = inside.every((byte) => byte >= 0x20 && byte < 0x7f);
    const nested = (tag.value & 7) === 2 && !isText && depth < 30 ? parse(inside, depth + 1) : undefined;
    fields.push({ tag: tag.value, value: nested ?? inside });
    at = length.end;
  }
  return fields;
}

function lengthOf(bytes: Uint8Array, start: number, wireType: number) {
  switch (wireType) {
    case 0: {
      const number = readVarint(bytes, start);
      return number && { start, end: number.end };
    }
    case 1:
      return { start, end: start + 8 };
    case 2: {
      const length = readVarint(bytes, start);
      return length && { start: length.end, end: length.end + length.value };
    }
    case 5:
      return { start, end: start + 4 };
    default:
      return undefined;
  }
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let at = start; at < bytes.length && at < start + 10; at += 1) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return undefined;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}

function encode(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { tag, value } of fields) {
    const inside = value instanceof Uint8Array ? value : encode(value);
    parts.push(varint(tag));
    if ((tag & 7) === 2) parts.push(varint(inside.length));
    parts.push(inside);
  }
  return Buffer.concat(parts);
}
