// Access logs, written to a file: the format, and which requests or connections go in.
import type { Fraction } from './value.ts';
import type { FormatString } from './format-string.ts';
import type { HeaderMatch } from './string-match.ts';

export interface AccessLog {
  /** `/dev/stdout` and `/dev/stderr` too. */
  readonly path: string;
  readonly format: AccessLogFormat;
  readonly filter: AccessLogFilter | undefined;
}

/** `omitEmpty`: what has no value prints as nothing (text) or is left out (JSON) instead of `-` and null. */
export type AccessLogFormat =
  | { readonly kind: 'text'; readonly format: FormatString; readonly omitEmpty: boolean }
  | { readonly kind: 'json'; readonly root: JsonFormatObject; readonly omitEmpty: boolean };

export interface JsonFormatObject {
  readonly kind: 'object';
  readonly fields: readonly (readonly [name: string, value: JsonFormat])[];
}

/** A format that is one command alone keeps its type: numbers print as numbers. */
export type JsonFormat =
  | JsonFormatObject
  | { readonly kind: 'list'; readonly items: readonly JsonFormat[] }
  | { readonly kind: 'format'; readonly format: FormatString }
  | { readonly kind: 'literal'; readonly value: number | boolean | null };

export type AccessLogFilter =
  /** No flags named: any flag will do. */
  | { readonly kind: 'response-flags'; readonly flags: readonly string[] }
  | { readonly kind: 'status-code' | 'duration-ms'; readonly op: 'eq' | 'ge' | 'le' | 'ne'; readonly value: number }
  | { readonly kind: 'header'; readonly header: HeaderMatch }
  | { readonly kind: 'random'; readonly fraction: Fraction }
  | { readonly kind: 'not-health-check' }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly AccessLogFilter[] };
