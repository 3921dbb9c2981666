// When a request is tried again, how often, and where.
import type { HeaderMatch } from './string-match.ts';

export const retryConditions = [
  '5xx',
  'gateway-error',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'reset',
  'reset-before-request',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
] as const;

export type RetryCondition = (typeof retryConditions)[number];

export interface RetryPolicy {
  /** Names that Envoy does not know are left out, as it does. */
  readonly retryOn: ReadonlySet<RetryCondition>;
  /** Beyond the first try. */
  readonly numRetries: number;
  /** undefined: only the route's timeout counts. */
  readonly perTryTimeoutMs: number | undefined;
  readonly perTryIdleTimeoutMs: number | undefined;
  /** The n-th retry waits a random time in [0, min(base * (2^n - 1), max)). */
  readonly backOff: { readonly baseMs: number; readonly maxMs: number };
  /** Waits as a response header says, up to a limit. */
  readonly rateLimitedBackOff: RateLimitedBackOff | undefined;
  readonly hostPredicates: readonly RetryHostPredicate[];
  /** How often another host is picked while a predicate refuses; at the end the last one is taken. */
  readonly hostSelectionMaxAttempts: number;
  /** Priorities tried before are avoided after so many attempts (previous_priorities); undefined: not at all. */
  readonly priorityUpdateFrequency: number | undefined;
  readonly retriableStatusCodes: readonly number[];
  /** Any one in the response will do. */
  readonly retriableHeaders: readonly HeaderMatch[];
  /** If there are any, one has to be in the request for it to be tried again. */
  readonly retriableRequestHeaders: readonly HeaderMatch[];
}

export type RetryHostPredicate = { readonly kind: 'previous-hosts' } | { readonly kind: 'omit-canary-hosts' };

export interface RateLimitedBackOff {
  readonly resetHeaders: readonly { readonly name: string; readonly format: 'seconds' | 'unix-timestamp' }[];
  readonly maxMs: number;
}
