// Schemas of configuration: plain data that gives static types (Infer), is checked (schema/check.ts) and walked (schema/walk.ts).

declare const shape: unique symbol;

/** A schema whose valid values have type T. Everything but the type is data, so that a schema can be walked. */
export type Schema<T = unknown> = SchemaNode & { readonly [shape]?: T };

export type Infer<S> = S extends { readonly [shape]?: infer T } ? Exclude<T, undefined> : never;

export type SchemaNode =
  | ObjectNode
  | MapNode
  | ArrayNode
  | StringNode
  | NumberNode
  | DurationNode
  | Attributes<'boolean'>
  | Attributes<'int-or-string'>
  | Attributes<'any'>;

interface Attributes<Kind extends string> {
  readonly kind: Kind;
  readonly required?: true;
  /** How far Heddle follows the field; left out means done. */
  readonly status?: FieldStatus;
  readonly rules?: readonly Rule[];
}

export interface FieldStatus {
  readonly state: 'refused' | 'not-yet';
  /** Why it is refused, or what happens until it is done. */
  readonly note: string;
}

/** A check beyond type and range; the value has passed those. Only these run user-given code. */
export interface Rule {
  readonly message: string;
  readonly code: 'bad-value' | 'crossing' | 'out-of-range' | 'duplicate' | 'missing';
  readonly test: (value: never) => boolean;
}

export interface ObjectNode extends Attributes<'object'> {
  readonly fields: Readonly<Record<string, Schema>>;
  /** Names of those that are required, kept beside them because every object is asked for them. */
  readonly requiredFields: readonly string[];
  /** At most one field of each group may be set. */
  readonly oneOf: readonly (readonly string[])[];
}

export interface MapNode extends Attributes<'map'> {
  readonly values: Schema;
  readonly maxProperties?: number;
}

export interface ArrayNode extends Attributes<'array'> {
  readonly items: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Fields that together tell items apart; two items alike are a duplicate (`x-kubernetes-list-map-keys`). */
  readonly keys?: readonly string[];
}

export interface StringNode extends Attributes<'string'> {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  readonly values?: readonly string[];
  readonly valueStatus?: Readonly<Record<string, FieldStatus>>;
}

export interface NumberNode extends Attributes<'integer' | 'number'> {
  readonly min?: number;
  readonly max?: number;
}

export interface DurationNode extends Attributes<'duration'> {
  readonly minMs?: number;
}

type Fields = Readonly<Record<string, Schema>>;
type RequiredKeys<F> = { [K in keyof F]: F[K] extends { readonly required: true } ? K : never }[keyof F];
type Simplify<T> = { [K in keyof T]: T[K] };
export type InferObject<F> = Simplify<
  { readonly [K in RequiredKeys<F>]: Infer<F[K]> } & { readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: Infer<F[K]> }
>;

/** An object with exactly these fields; each may be left out unless `required`. */
export function object<const F extends Fields>(
  fields: F,
  options: { readonly oneOf?: readonly (readonly (keyof F & string)[])[] } = {},
): Schema<InferObject<F>> {
  const requiredFields = Object.keys(fields).filter((name) => fields[name]?.required === true);
  return { kind: 'object', fields, requiredFields, oneOf: options.oneOf ?? [] };
}

export function map<S extends Schema>(
  values: S,
  options: Partial<Pick<MapNode, 'maxProperties'>> = {},
): Schema<Readonly<Record<string, Infer<S>>>> {
  return { kind: 'map', values, ...options };
}

export function array<S extends Schema>(
  items: S,
  options: Partial<Pick<ArrayNode, 'minItems' | 'maxItems' | 'keys'>> = {},
): Schema<readonly Infer<S>[]> {
  return { kind: 'array', items, ...options };
}

/** Lengths count code points, as Kubernetes counts them. */
export function string(options: Partial<Pick<StringNode, 'minLength' | 'maxLength' | 'pattern'>> = {}): Schema<string> {
  return { kind: 'string', ...options };
}

/** One of these words; some of them may be refused or not yet done. */
export function oneOf<const V extends readonly string[]>(
  values: V,
  valueStatus: { readonly [K in V[number]]?: FieldStatus } = {},
): Schema<V[number]> {
  const known = Object.entries(valueStatus).filter((entry): entry is [string, FieldStatus] => entry[1] !== undefined);
  return { kind: 'string', values, valueStatus: Object.fromEntries(known) };
}

export function integer(options: Partial<Pick<NumberNode, 'min' | 'max'>> = {}): Schema<number> {
  return { kind: 'integer', ...options };
}

export const int32 = (): Schema<number> => integer({ min: -2_147_483_648, max: 2_147_483_647 });
export const uint32 = (): Schema<number> => integer({ min: 0, max: 4_294_967_295 });

export function number(options: Partial<Pick<NumberNode, 'min' | 'max'>> = {}): Schema<number> {
  return { kind: 'number', ...options };
}

export function boolean(): Schema<boolean> {
  return { kind: 'boolean' };
}

/** A Go duration as text, such as `1.5s`; see lib/duration. */
export function duration(options: Partial<Pick<DurationNode, 'minMs'>> = {}): Schema<string> {
  return { kind: 'duration', ...options };
}

export function intOrString(): Schema<number | string> {
  return { kind: 'int-or-string' };
}

/** Anything at all, kept as it is. */
export function freeForm(): Schema<unknown> {
  return { kind: 'any' };
}

export function required<S extends Schema>(schema: S): S & { readonly required: true } {
  return { ...schema, required: true };
}

/** Known, but without effect so far: a warning where it is used. `note` completes the sentence `... is not supported yet: NOTE`. */
export function notYet<S extends Schema>(schema: S, note: string): S {
  return { ...schema, status: { state: 'not-yet', note } };
}

/** Known and turned down on purpose: an error that says why. */
export function refused<S extends Schema>(schema: S, note: string): S {
  return { ...schema, status: { state: 'refused', note } };
}

/** Adds a check that runs once the value's own type is right; `test` returns true when all is well. */
export function rule<S extends Schema>(
  schema: S,
  message: string,
  test: (value: Infer<S>) => boolean,
  code: Rule['code'] = 'bad-value',
): S {
  return { ...schema, rules: [...(schema.rules ?? []), { message, code, test: test as Rule['test'] }] };
}
