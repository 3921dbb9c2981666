// Decodes the small values: durations, texts, fractions, enums.
import type { Duration } from '@bufbuild/protobuf/wkt';
import type {
  RuntimeFractionalPercent,
  Metadata as MetadataMessage,
} from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import { type FractionalPercent, type Percent } from '../../../proto/gen/envoy/type/v3/percent_pb.ts';
import type { Fraction, Metadata } from '../value.ts';
import { noMetadata } from '../value.ts';
import type { Cursor } from './cursor.ts';
import { latin1 } from './latin1.ts';
import { notYet, refuse, under } from './cursor.ts';

/** About 292 years in nanoseconds, Envoy's longest. */
const mostSeconds = 9_223_372_036n;

/** Milliseconds, fractions cut off; undefined if not set. Source: Envoy's DurationUtil. */
export function durationMs(duration: Duration | undefined, at: Cursor): number | undefined {
  if (duration === undefined) return undefined;
  const { seconds, nanos } = duration;
  if (seconds < 0n || nanos < 0) refuse(at, 'bad-duration', 'Expected positive duration');
  else if (nanos > 999_999_999 || seconds > mostSeconds) refuse(at, 'bad-duration', 'Duration out-of-range');
  else return Number(seconds) * 1000 + Math.trunc(nanos / 1e6);
  return undefined;
}

/** As the validation rule `duration.gt {}`: what is set has to be above zero. */
export function positiveMs(duration: Duration | undefined, at: Cursor): number | undefined {
  if (duration !== undefined && duration.seconds <= 0n && (duration.seconds < 0n || duration.nanos <= 0)) {
    refuse(at, 'bad-duration', 'value must be greater than 0s');
    return undefined;
  }
  return durationMs(duration, at);
}

/** At least a millisecond, or (exclusive) more than one. */
export function atLeastMs(duration: Duration | undefined, at: Cursor, least: 1 | 'above 1'): number | undefined {
  if (duration === undefined) return undefined;
  const nanos = duration.seconds * 1_000_000_000n + BigInt(duration.nanos);
  if (least === 1 ? nanos < 1_000_000n : nanos <= 1_000_000n) {
    refuse(at, 'bad-duration', `value must be ${least === 1 ? 'at least' : 'greater than'} 0.001s`);
    return undefined;
  }
  return durationMs(duration, at);
}

export function requireText(text: string, at: Cursor): string {
  if (text === '') refuse(at, 'missing', 'value length must be at least 1 characters');
  return text;
}

export function inRange(value: number, least: number, most: number, at: Cursor): number {
  if (value < least || value > most) refuse(at, 'out-of-range', `value must be between ${least} and ${most}`);
  return value;
}

/** `names` by number; a number without a name is refused, as the validation rule `enum.defined_only` does. */
export function enumName<Name>(names: Readonly<Record<number, Name>>, value: number, at: Cursor): Name {
  const name = names[value];
  if (name !== undefined) return name;
  refuse(at, 'bad-enum', 'value must be one of the defined enum values');
  return names[0] as Name;
}

const denominators = { 0: 100, 1: 10_000, 2: 1_000_000 } as const;

export function fraction(percent: FractionalPercent, at: Cursor): Fraction {
  const denominator = enumName(denominators, percent.denominator, under(at, 'denominator'));
  return { numerator: percent.numerator, denominator };
}

/** Runtime keys are not looked up: the default counts. undefined if not set. */
export function runtimeFraction(percent: RuntimeFractionalPercent | undefined, at: Cursor): Fraction | undefined {
  if (percent === undefined) return undefined;
  const where = under(at, 'default_value');
  if (percent.defaultValue !== undefined) return fraction(percent.defaultValue, where);
  refuse(where, 'missing', 'value is required');
  return undefined;
}

/** In percent, 0 to 100. */
export function percentValue(percent: Percent | undefined, otherwise: number, at: Cursor): number {
  if (percent === undefined) return otherwise;
  if (!(percent.value >= 0 && percent.value <= 100)) {
    refuse(under(at, 'value'), 'out-of-range', 'value must be between 0 and 100');
  }
  return percent.value;
}

export function metadata(message: MetadataMessage | undefined, at: Cursor): Metadata {
  if (message === undefined) return noMetadata;
  if (Object.hasOwn(message.filterMetadata, '')) refuse(under(at, 'filter_metadata'), 'missing', 'a name is empty');
  for (const name of Object.keys(message.typedFilterMetadata)) {
    notYet(under(under(at, 'typed_filter_metadata'), name), 'typed metadata');
  }
  return message.filterMetadata;
}

/** The text without a name: NUL, CR and LF would let a value end a header line (validation rule `HTTP_HEADER_VALUE`, not strict). */
export function headerText(text: string, at: Cursor): string {
  if (/[\0\r\n]/.test(text)) refuse(at, 'bad-value', 'value does not match regex pattern "^[^\\u0000\\n\\r]*$"');
  return latin1(text);
}

/** A header's name in lower case; may be empty unless `required`. */
export function headerName(name: string, at: Cursor, required: 'required' | 'optional' = 'required'): string {
  if (required === 'required' && name === '') requireText(name, at);
  headerText(name, at);
  return name.toLowerCase();
}
