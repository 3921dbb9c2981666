// The greatest age of a stream, and what a gRPC upstream is told of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forwardAction, request } from '../../../test/kit/decide-kit.ts';
import { maxStreamDuration } from './max-stream-duration.ts';

interface Limits {
  readonly maxMs?: number;
  readonly grpcTimeoutHeaderMaxMs?: number;
  readonly grpcTimeoutHeaderOffsetMs?: number;
}

const none = { maxMs: undefined, grpcTimeoutHeaderMaxMs: undefined, grpcTimeoutHeaderOffsetMs: undefined };

/** The limit, and the header as it goes on. */
function limited(limits: Limits, asked?: string, { managerMs = 0, type = 'application/grpc' } = {}): unknown[] {
  const sent = request('/', { 'content-type': type, ...(asked !== undefined && { 'grpc-timeout': asked }) });
  const action = forwardAction({ maxStreamDuration: { ...none, ...limits } });
  return [maxStreamDuration(action, sent, managerMs), sent.headers.get('grpc-timeout')];
}

describe('max_stream_duration', () => {
  it("is the connection manager's where the route says nothing", () => {
    assert.equal(maxStreamDuration(forwardAction(), request(), 500), undefined);
    assert.deepEqual(limited({}, '9S', { managerMs: 500 }), [500, '500m']);
  });

  it('is told to gRPC upstreams alone', () => {
    assert.deepEqual(limited({ maxMs: 200 }), [200, '200m']);
    assert.deepEqual(limited({ maxMs: 200 }, '9S'), [200, '200m']);
    assert.deepEqual(limited({ maxMs: 200 }, '9S', { type: 'text/plain' }), [200, '9S']);
  });

  it("gives way to a client's deadline", () => {
    assert.deepEqual(limited({ maxMs: 200, grpcTimeoutHeaderMaxMs: 0 }, '9S'), [9000, '9000m']);
    assert.deepEqual(limited({ maxMs: 200, grpcTimeoutHeaderMaxMs: 5000 }, '9S'), [5000, '5000m']);
    assert.deepEqual(limited({ maxMs: 200, grpcTimeoutHeaderMaxMs: 5000 }, '9s'), [200, '200m']);
    assert.deepEqual(limited({ grpcTimeoutHeaderMaxMs: 5000 }, '0S'), [0, '0m']);
    assert.deepEqual(limited({ grpcTimeoutHeaderMaxMs: 5000 }, '1S', { type: 'text/plain' }), [1000, '1S']);
  });

  it('is shortened by the offset, to nothing if need be', () => {
    const limits = { grpcTimeoutHeaderMaxMs: 0, grpcTimeoutHeaderOffsetMs: 2000 };
    assert.deepEqual(limited(limits, '9S'), [7000, '7000m']);
    assert.deepEqual(limited(limits, '2S'), [0, '0m']);
    assert.deepEqual(limited(limits, '1S'), [0, '0m']);
  });

  it('is off at 0', () => {
    assert.deepEqual(limited({ maxMs: 0 }, '9S'), [Infinity, '9S']);
    assert.deepEqual(limited({ maxMs: 0 }, '9S', { managerMs: 500 }), [Infinity, undefined]);
  });
});
