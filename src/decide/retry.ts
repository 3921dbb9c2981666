// Whether a request is tried again, and after how long: Envoy's retry state. The counters of the cluster come in as numbers.
import type { RetryCondition, RetryPolicy } from './config/retry-policy.ts';
import { retryConditions } from './config/retry-policy.ts';
import type { HeaderMatch } from './config/string-match.ts';
import type { Metadata } from './config/value.ts';
import type { HeaderMap } from './header-map.ts';
import { unsignedInteger } from './match/ascii.ts';
import { matchesRequestHeader, matchesResponseHeader } from './match/match-header.ts';
import { rateLimitedDelayMs } from './retry-after.ts';
import type { RequestView } from './request-view.ts';

/** Of one request; changed by the decisions. */
export interface RetryState {
  readonly policy: RetryPolicy;
  readonly conditions: ReadonlySet<RetryCondition>;
  readonly retriableStatusCodes: readonly number[];
  readonly retriableHeaders: readonly HeaderMatch[];
  remaining: number;
  /** What the next wait is drawn below. */
  nextBackOffMs: number;
  /** Hosts that were tried, for `previous-hosts`. */
  readonly attempted: Set<RetryHost>;
}

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** `limit-exceeded`: it would have been, but the number of retries is used up (flag URX). `overflow`: the cluster has too many. */
  | { readonly kind: 'no'; readonly reason: 'not-retriable' | 'limit-exceeded' | 'overflow' };

/** Hosts are told apart by identity. */
export interface RetryHost {
  readonly endpoint: { readonly metadata: Metadata };
}

/** What ended a try without a response. A per-try timeout is a `local-reset`. */
export type RetryReason =
  | 'connect-failure'
  | 'connect-timeout'
  | 'remote-reset'
  | 'remote-refused-stream'
  | 'local-reset'
  | 'connection-termination'
  | 'protocol-error'
  | 'overflow';

/** `canRetry`: whether the cluster's limits allow one more retry (`retryAllowed`). */
export interface RetryInputs {
  readonly canRetry: boolean;
  readonly nowMs: number;
  readonly random: () => number;
}

/** What holds where only a request's own headers ask for retries. */
export const noPolicy: RetryPolicy = {
  retryOn: new Set(),
  numRetries: 1,
  perTryTimeoutMs: undefined,
  perTryIdleTimeoutMs: undefined,
  backOff: { baseMs: 25, maxMs: 250 },
  rateLimitedBackOff: undefined,
  hostPredicates: [],
  hostSelectionMaxAttempts: 1,
  priorityUpdateFrequency: undefined,
  retriableStatusCodes: [],
  retriableHeaders: [],
  retriableRequestHeaders: [],
};

/** Takes the retry headers out of the request. undefined: nothing would ever be tried again. */
export function startRetries(policy: RetryPolicy | undefined, request: RequestView): RetryState | undefined {
  const asked = takeHeaders(request.headers);
  if ((policy === undefined || policy.retryOn.size === 0) && asked.conditions.length === 0) return undefined;
  const base = policy ?? noPolicy;
  const named = base.retriableRequestHeaders;
  const eligible = named.length === 0 || named.some((match) => matchesRequestHeader(match, request));
  if (!eligible) return undefined;
  return {
    policy: base,
    conditions: asked.conditions.length === 0 ? base.retryOn : new Set([...base.retryOn, ...asked.conditions]),
    retriableStatusCodes: [...base.retriableStatusCodes, ...asked.statusCodes],
    retriableHeaders: [...base.retriableHeaders, ...asked.headerNames.map(present)],
    remaining: asked.maxRetries ?? base.numRetries,
    nextBackOffMs: base.backOff.baseMs,
    attempted: new Set(),
  };
}

interface AskedRetries {
  readonly conditions: readonly RetryCondition[];
  readonly maxRetries: number | undefined;
  readonly statusCodes: readonly number[];
  readonly headerNames: readonly string[];
}

const noneAsked: AskedRetries = { conditions: [], maxRetries: undefined, statusCodes: [], headerNames: [] };
const known: ReadonlySet<string> = new Set(retryConditions);

function takeHeaders(headers: HeaderMap): AskedRetries {
  if (!headers.names.some((name) => name.startsWith('x-envoy-'))) return noneAsked;
  const take = (name: string): string | undefined => {
    const value = headers.get(name);
    if (value !== undefined) headers.remove(name);
    return value;
  };
  take('x-envoy-hedge-on-per-try-timeout');
  const conditions = [...list(take('x-envoy-retry-on')), ...list(take('x-envoy-retry-grpc-on'))];
  return {
    conditions: conditions.filter((name): name is RetryCondition => known.has(name)),
    maxRetries: unsignedInteger(take('x-envoy-max-retries')),
    statusCodes: list(take('x-envoy-retriable-status-codes')).flatMap((code) => unsignedInteger(code) ?? []),
    headerNames: list(take('x-envoy-retriable-header-names')).map((name) => name.toLowerCase()),
  };
}

function list(text: string | undefined): string[] {
  return text === undefined
    ? []
    : text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
}

function present(name: string): HeaderMatch {
  return { name, match: { kind: 'present', present: true }, invert: false, treatMissingAsEmpty: false };
}

export function retryOnResponse(
  state: RetryState,
  status: number,
  headers: HeaderMap,
  inputs: RetryInputs,
): RetryDecision {
  if (!isRetriableResponse(state, status, headers)) return no('not-retriable');
  return decide(state, inputs, rateLimitedDelayMs(state.policy.rateLimitedBackOff, headers, inputs));
}

/** `requestSent`: whether any of it went to the upstream. */
export function retryOnReset(
  state: RetryState,
  reason: RetryReason,
  requestSent: boolean,
  inputs: RetryInputs,
): RetryDecision {
  return isRetriableReset(state.conditions, reason, requestSent)
    ? decide(state, inputs, undefined)
    : no('not-retriable');
}

function no(reason: 'not-retriable' | 'limit-exceeded' | 'overflow'): RetryDecision {
  return { kind: 'no', reason };
}

function decide(state: RetryState, { canRetry, random }: RetryInputs, delayMs: number | undefined): RetryDecision {
  if (state.remaining === 0) return no('limit-exceeded');
  state.remaining--;
  if (!canRetry) return no('overflow');
  if (delayMs !== undefined) return { kind: 'retry', delayMs };
  const below = state.nextBackOffMs;
  state.nextBackOffMs = Math.min(below * 2, state.policy.backOff.maxMs);
  return { kind: 'retry', delayMs: Math.floor(random() * below) };
}

function isRetriableResponse(state: RetryState, status: number, headers: HeaderMap): boolean {
  const { conditions } = state;
  if (headers.has('x-envoy-ratelimited')) return conditions.has('envoy-ratelimited');
  if (conditions.has('5xx') && status >= 500 && status < 600) return true;
  if (conditions.has('gateway-error') && status >= 502 && status <= 504) return true;
  if (conditions.has('retriable-4xx') && status === 409) return true;
  if (conditions.has('retriable-status-codes') && state.retriableStatusCodes.includes(status)) return true;
  if (conditions.has('retriable-headers')) {
    if (state.retriableHeaders.some((match) => matchesResponseHeader(match, headers, status))) return true;
  }
  const condition = grpcConditions.get(headers.get('grpc-status') ?? '');
  return condition !== undefined && conditions.has(condition);
}

const grpcConditions: ReadonlyMap<string, RetryCondition> = new Map([
  ['1', 'cancelled'],
  ['4', 'deadline-exceeded'],
  ['8', 'resource-exhausted'],
  ['13', 'internal'],
  ['14', 'unavailable'],
]);

function isRetriableReset(conditions: ReadonlySet<RetryCondition>, reason: RetryReason, requestSent: boolean): boolean {
  if (reason === 'overflow') return false;
  if (conditions.has('reset') || conditions.has('5xx') || conditions.has('gateway-error')) return true;
  if (conditions.has('reset-before-request') && !requestSent) return true;
  if (conditions.has('refused-stream') && reason === 'remote-refused-stream') return true;
  return conditions.has('connect-failure') && (reason === 'connect-failure' || reason === 'connect-timeout');
}

/** Whether a host has to be passed over for a retry: up to `hostSelectionMaxAttempts` times, then the last one is taken. */
export function isHostRefused(state: RetryState, host: RetryHost): boolean {
  return state.policy.hostPredicates.some((predicate) =>
    predicate.kind === 'previous-hosts' ? state.attempted.has(host) : isCanary(host),
  );
}

function isCanary({ endpoint }: RetryHost): boolean {
  return endpoint.metadata['envoy.lb']?.['canary'] === true;
}
