// The time that a request may take, and what the upstream is told of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forwardAction, request, retryPolicy } from '../../../test/kit/decide-kit.ts';
import { requestTimeouts, setExpectedTimeout } from './timeouts.ts';

const router = {
  suppressEnvoyHeaders: false,
  respectExpectedRqTimeout: false,
  strictCheckHeaders: [],
  dynamicStats: true,
};
const told = { elapsedMs: 0, suppressEnvoyHeaders: false };

function expected(
  headers: Record<string, string>,
  action = forwardAction(),
  perTryTimeoutMs?: number,
  elapsedMs = 0,
): string | undefined {
  const sent = request('/', headers);
  const timeouts = requestTimeouts(action, retryPolicy([], { perTryTimeoutMs }), sent, router);
  setExpectedTimeout(action, sent, timeouts, { ...told, elapsedMs });
  assert.equal(sent.headers.has('x-envoy-upstream-rq-timeout-ms'), false);
  return sent.headers.get('x-envoy-expected-rq-timeout-ms');
}

describe('timeouts', () => {
  it("takes the route's, or none", () => {
    assert.equal(expected({}), '15000');
    assert.equal(expected({}, forwardAction({ timeoutMs: 0 })), undefined);
  });

  it('lets a header ask for another, but not a malformed one', () => {
    assert.equal(expected({ 'x-envoy-upstream-rq-timeout-ms': '500' }), '500');
    assert.equal(expected({ 'x-envoy-upstream-rq-timeout-ms': '0' }), undefined);
    assert.equal(expected({ 'x-envoy-upstream-rq-timeout-ms': 'x' }), '15000');
  });

  it('tells the time of one try, and of what is left', () => {
    assert.equal(expected({}, forwardAction(), 2000), '2000');
    assert.equal(expected({}, forwardAction(), 20_000), '15000');
    assert.equal(expected({}, forwardAction(), 2000, 14_000), '1000');
    assert.equal(expected({}, forwardAction(), 2000, 15_000), '1');
  });

  it("limits a gRPC client's own", () => {
    const grpc = { 'content-type': 'application/grpc' };
    const action = forwardAction({ maxGrpcTimeoutMs: 3000 });
    assert.equal(expected({ ...grpc, 'grpc-timeout': '500m' }, action), '500');
    assert.equal(expected({ ...grpc, 'grpc-timeout': '9S' }, action), '3000');
    assert.equal(expected({ ...grpc }, action), '3000');
    assert.equal(expected({ ...grpc }, forwardAction({ maxGrpcTimeoutMs: 0 })), undefined);
  });

  it('leaves the timeout of a route with a stream duration aside', () => {
    const maxStreamDuration = { maxMs: 100, grpcTimeoutHeaderMaxMs: undefined, grpcTimeoutHeaderOffsetMs: undefined };
    const timeouts = requestTimeouts(forwardAction({ maxStreamDuration }), undefined, request(), router);
    assert.equal(timeouts.globalMs, 0);
  });
});
