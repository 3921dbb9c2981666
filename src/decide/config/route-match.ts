// Which requests a route is for. All conditions have to hold.
import type { Regex } from '../../lib/re2.ts';
import type { HeaderMatch, QueryParameterMatch } from './string-match.ts';
import type { Fraction } from './value.ts';

export interface RouteMatch {
  readonly path: PathMatch;
  /** Counts for `prefix`, `exact` and `path-separated-prefix`; values stay as they were written. */
  readonly caseSensitive: boolean;
  readonly headers: readonly HeaderMatch[];
  readonly queryParameters: readonly QueryParameterMatch[];
  /** Only requests whose content type is gRPC's. */
  readonly grpc: boolean;
  /** undefined: all requests. */
  readonly fraction: Fraction | undefined;
  readonly tls: { readonly presented: boolean | undefined; readonly validated: boolean | undefined } | undefined;
}

/** Held against the path without query and fragment. `path-separated-prefix` has no slash at its end. */
export type PathMatch =
  | { readonly kind: 'prefix' | 'exact' | 'path-separated-prefix'; readonly value: string }
  | { readonly kind: 'regex'; readonly pattern: string; readonly regex: Regex }
  /** CONNECT requests, and Upgrade ones that stand for them. */
  | { readonly kind: 'connect' };
