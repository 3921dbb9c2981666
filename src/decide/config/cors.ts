// Cross-origin resource sharing: the policy of a route or virtual host.
import type { StringMatch } from './string-match.ts';
import type { Fraction } from './value.ts';

export interface CorsPolicy {
  readonly allowOrigins: readonly StringMatch[];
  /** As they go into the headers; empty: the header is left out. */
  readonly allowMethods: string;
  readonly allowHeaders: string;
  readonly exposeHeaders: string;
  /** Seconds, as text. */
  readonly maxAge: string;
  /** undefined where the policy does not say. */
  readonly allowCredentials: boolean | undefined;
  readonly allowPrivateNetworkAccess: boolean | undefined;
  /** A preflight from an origin that is not allowed goes on to the upstream, unless a policy says no. */
  readonly forwardNotMatchingPreflights: boolean | undefined;
  /** undefined: for all requests. */
  readonly enabled: Fraction | undefined;
  readonly shadow: Fraction | undefined;
}
