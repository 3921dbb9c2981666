// Whom injected faults strike.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request, text } from '../../test/kit/decide-kit.ts';
import type { FaultConfig } from './config/fault.ts';
import { decideFault } from './fault.ts';

const half = { numerator: 50, denominator: 100 } as const;
const config: FaultConfig = {
  delay: { percentage: half, by: { kind: 'fixed', delayMs: 5 } },
  abort: { percentage: half, by: { kind: 'http', status: 418 } },
  upstreamCluster: '',
  headers: [],
  downstreamNodes: [],
  maxActiveFaults: undefined,
};
const inputs = { upstreamCluster: 'reviews', activeFaults: 0, random: () => 0.49 };
const none = { delayMs: 0, abort: undefined };

describe('faults', () => {
  it('strike their share', () => {
    assert.deepEqual(decideFault(config, request(), inputs), {
      delayMs: 5,
      abort: { status: 418, grpcStatus: undefined },
    });
    assert.deepEqual(decideFault(config, request(), { ...inputs, random: () => 0.5 }), none);
  });

  it('strike only what they are meant for', () => {
    const headers = [{ name: 'x-a', match: text('exact', 'b'), invert: false, treatMissingAsEmpty: false }];
    assert.deepEqual(decideFault({ ...config, headers }, request(), inputs), none);
    assert.equal(decideFault({ ...config, headers }, request('/', { 'x-a': 'b' }), inputs).delayMs, 5);
    assert.deepEqual(decideFault({ ...config, upstreamCluster: 'other' }, request(), inputs), none);
    assert.deepEqual(decideFault({ ...config, maxActiveFaults: 1 }, request(), { ...inputs, activeFaults: 1 }), none);
  });

  it('may be asked for by headers', () => {
    const all = { numerator: 100, denominator: 100 } as const;
    const byHeader = {
      ...config,
      delay: { percentage: all, by: { kind: 'header' } },
      abort: { percentage: all, by: { kind: 'header' } },
    } as const;
    const asked = request('/', { 'x-envoy-fault-delay-request': '7', 'x-envoy-fault-abort-grpc-request': '14' });
    assert.deepEqual(decideFault(byHeader, asked, inputs), { delayMs: 7, abort: { status: 200, grpcStatus: 14 } });
    const rarely = request('/', { 'x-envoy-fault-delay-request': '7', 'x-envoy-fault-delay-request-percentage': '10' });
    assert.deepEqual(decideFault(byHeader, rarely, inputs), none);
  });
});
