// Envoy's substitution format strings, parsed: `%REQ(X-A?:PATH):10% said`. Used by header operations and access logs.

export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      /** `%REQ(NAME?ALTERNATIVE):LENGTH%`, `%RESP(..)%`, `%TRAILER(..)%`; names lower-cased. */
      readonly kind: 'header';
      readonly of: 'request' | 'response' | 'trailer';
      readonly name: string;
      readonly alternative: string | undefined;
      /** In bytes. */
      readonly maxLength: number | undefined;
    }
  | {
      /** Any other command, by Envoy's name: `START_TIME`, `DOWNSTREAM_REMOTE_ADDRESS`... `argument` is what stood in brackets. */
      readonly kind: 'command';
      readonly name: string;
      readonly argument: string | undefined;
      readonly maxLength: number | undefined;
    };

export interface FormatString {
  /** As it was written. */
  readonly source: string;
  readonly parts: readonly FormatPart[];
  /** The whole text, if no command is in it. */
  readonly constant: string | undefined;
}
