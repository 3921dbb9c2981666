// Small values that several resources share: fractions, addresses, ranges, metadata.
import type { JsonObject } from '@bufbuild/protobuf';

/** A share of all requests: true when `random in [0, denominator)` is below the numerator. A runtime key is never looked up. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: 100 | 10_000 | 1_000_000;
}

/** Where to listen or to connect to. */
export type Address =
  | { readonly kind: 'socket'; readonly host: string; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string };

/** An address range; `prefixLength` in bits. `bytes` is the network address, 4 or 16 bytes long, host bits cleared. */
export interface CidrRange {
  readonly address: string;
  readonly prefixLength: number;
  readonly bytes: readonly number[];
}

/** `filter_metadata` as it came: `istio.config`, `istio.services`, `heddle.rule`, `envoy.lb`... */
export type Metadata = Readonly<Record<string, JsonObject>>;

export const noMetadata: Metadata = Object.freeze({});
