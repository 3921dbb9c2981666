// What a gRPC client's deadline says, and how one is told.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { grpcTimeoutMs, grpcTimeoutText } from './grpc-timeout.ts';

describe('grpc-timeout', () => {
  it('is read in every unit', () => {
    const values = ['1H', '1M', '1S', '7m', '1500u', '1n', '0S'].map(grpcTimeoutMs);
    assert.deepEqual(values, [3_600_000, 60_000, 1000, 7, 2, 1, 0]);
  });

  it('is none where it is malformed', () => {
    const values = [undefined, '', '7', 'S', '7s', '-7S', '7.5S', '123456789S'].map(grpcTimeoutMs);
    assert.ok(values.every((value) => value === undefined));
  });

  it('has eight digits at most', () => {
    const texts = [0, 99_999_999, 200_000_000, 3e12].map(grpcTimeoutText);
    assert.deepEqual(texts, ['0m', '99999999m', '200000S', '50000000M']);
  });
});
