// Headers to add and to remove, on requests or responses. Removal comes first (Envoy's HeaderParser).
import type { FormatString } from './format-string.ts';

export interface HeaderOperations {
  readonly add: readonly HeaderToAdd[];
  /** Lower-cased. */
  readonly remove: readonly string[];
}

export interface HeaderToAdd {
  /** Lower-cased. */
  readonly name: string;
  readonly value: FormatString;
  readonly action: 'append-if-exists-or-add' | 'add-if-absent' | 'overwrite-if-exists-or-add' | 'overwrite-if-exists';
  /** If not, a value that comes out empty leaves the header alone. */
  readonly keepEmptyValue: boolean;
}

export const noHeaderOperations: HeaderOperations = Object.freeze({
  add: Object.freeze([]),
  remove: Object.freeze([]),
});
