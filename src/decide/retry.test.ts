// What is tried again, how often, and when.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request, retryPolicy } from '../../test/kit/decide-kit.ts';
import type { RetryCondition } from './config/retry-policy.ts';
import { HeaderMap } from './header-map.ts';
import { type RetryReason, isHostRefused, retryOnReset, retryOnResponse, startRetries } from './retry.ts';
import { retryAllowed } from './retry-limit.ts';

const plain = { endpoint: { metadata: {} } };
const canary = { endpoint: { metadata: { 'envoy.lb': { canary: true } } } };
const inputs = { canRetry: true, nowMs: 1_000_000, random: () => 0.5 };

function onResponse(
  conditions: RetryCondition[],
  status: number,
  headers: Record<string, string> = {},
  rest = {},
): string {
  const state = startRetries(retryPolicy(conditions, rest), request());
  return retryOnResponse(state!, status, HeaderMap.of(headers), inputs).kind;
}

function onReset(conditions: RetryCondition[], reason: RetryReason, sent = true): string {
  return retryOnReset(startRetries(retryPolicy(conditions), request())!, reason, sent, inputs).kind;
}

describe('retries', () => {
  it('on statuses', () => {
    assert.equal(onResponse(['5xx'], 500), 'retry');
    assert.equal(onResponse(['gateway-error'], 500), 'no');
    assert.equal(onResponse(['gateway-error'], 504), 'retry');
    assert.equal(onResponse(['retriable-4xx'], 409), 'retry');
    assert.equal(onResponse(['retriable-4xx'], 404), 'no');
    assert.equal(onResponse(['retriable-status-codes'], 418, {}, { retriableStatusCodes: [418] }), 'retry');
  });

  it('on headers and gRPC statuses', () => {
    assert.equal(onResponse(['unavailable'], 200, { 'grpc-status': '14' }), 'retry');
    assert.equal(onResponse(['unavailable'], 200, { 'grpc-status': '13' }), 'no');
    assert.equal(onResponse(['5xx'], 503, { 'x-envoy-ratelimited': 'true' }), 'no');
    assert.equal(onResponse(['envoy-ratelimited'], 429, { 'x-envoy-ratelimited': 'true' }), 'retry');
    const retriableHeaders = [
      { name: 'x-again', match: { kind: 'present', present: true }, invert: false, treatMissingAsEmpty: false },
    ];
    assert.equal(onResponse(['retriable-headers'], 200, { 'x-again': '1' }, { retriableHeaders }), 'retry');
  });

  it('on resets', () => {
    assert.equal(onReset(['connect-failure'], 'connect-failure'), 'retry');
    assert.equal(onReset(['connect-failure'], 'remote-reset'), 'no');
    assert.equal(onReset(['refused-stream'], 'remote-refused-stream'), 'retry');
    assert.equal(onReset(['5xx'], 'local-reset'), 'retry');
    assert.equal(onReset(['reset'], 'overflow'), 'no');
    assert.equal(onReset(['reset-before-request'], 'connection-termination', false), 'retry');
    assert.equal(onReset(['reset-before-request'], 'connection-termination', true), 'no');
  });

  it('only so often, each wait below twice the one before', () => {
    const state = startRetries(retryPolicy(['5xx'], { numRetries: 5 }), request())!;
    const decide = () => retryOnResponse(state, 500, new HeaderMap(), inputs);
    const delays = Array.from({ length: 5 }, () => decide()).map((made) => (made.kind === 'retry' ? made.delayMs : -1));
    assert.deepEqual(delays, [12, 25, 50, 100, 125]);
    assert.deepEqual(decide(), { kind: 'no', reason: 'limit-exceeded' });
  });

  it('not beyond what the cluster bears', () => {
    const state = startRetries(retryPolicy(['5xx']), request())!;
    assert.deepEqual(retryOnResponse(state, 500, new HeaderMap(), { ...inputs, canRetry: false }), {
      kind: 'no',
      reason: 'overflow',
    });
    const limits = {
      maxConnections: 1,
      maxPendingRequests: 1,
      maxRequests: 1,
      maxRetries: 3,
      maxConnectionPools: 1,
      trackRemaining: false,
    };
    const load = { activeRequests: 50, pendingRequests: 50, activeRetries: 3 };
    assert.equal(retryAllowed({ ...limits, retryBudget: undefined }, load), false);
    assert.equal(retryAllowed({ ...limits, retryBudget: { percent: 20, minConcurrency: 3 } }, load), true);
  });

  it('as request headers ask, which are taken out', () => {
    const sent = request('/', {
      'x-envoy-retry-on': '5xx, nonsense',
      'x-envoy-max-retries': '7',
      'x-envoy-retriable-status-codes': '418',
    });
    const state = startRetries(undefined, sent)!;
    assert.equal(state.remaining, 7);
    assert.deepEqual([...state.conditions], ['5xx']);
    assert.equal(sent.headers.size, 0);
    assert.equal(startRetries(undefined, request()), undefined);
  });

  it('waits as a rate limit says', () => {
    const rateLimitedBackOff = { resetHeaders: [{ name: 'retry-after', format: 'seconds' as const }], maxMs: 5000 };
    const state = startRetries(retryPolicy(['5xx'], { rateLimitedBackOff }), request())!;
    const decide = (after: string) => retryOnResponse(state, 503, HeaderMap.of({ 'retry-after': after }), inputs);
    assert.deepEqual(decide('2'), { kind: 'retry', delayMs: 2500 });
    assert.deepEqual(decide('20'), { kind: 'retry', delayMs: 12 });
  });

  it('on hosts that were not tried', () => {
    const state = startRetries(retryPolicy(['5xx'], { hostPredicates: [{ kind: 'previous-hosts' }] }), request())!;
    state.attempted.add(plain);
    assert.deepEqual([isHostRefused(state, plain), isHostRefused(state, canary)], [true, false]);
  });

  it('on hosts that are no canaries', () => {
    const state = startRetries(retryPolicy(['5xx'], { hostPredicates: [{ kind: 'omit-canary-hosts' }] }), request())!;
    assert.deepEqual([isHostRefused(state, plain), isHostRefused(state, canary)], [false, true]);
  });
});
