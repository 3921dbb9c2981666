// Preflights and cross-origin answers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request, text } from '../../test/kit/decide-kit.ts';
import type { CorsPolicy } from './config/cors.ts';
import { addCorsHeaders, decideCors } from './cors.ts';
import { HeaderMap } from './header-map.ts';

const policy: CorsPolicy = {
  allowOrigins: [text('exact', 'http://a.com')],
  allowMethods: 'GET,POST',
  allowHeaders: '*',
  exposeHeaders: 'x-b',
  maxAge: '600',
  allowCredentials: true,
  allowPrivateNetworkAccess: undefined,
  forwardNotMatchingPreflights: undefined,
  enabled: undefined,
  shadow: undefined,
};

function preflight(origin: string): ReturnType<typeof request> {
  const headers = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-c' };
  return request('/', headers, { method: 'OPTIONS' });
}

describe('CORS', () => {
  it('answers a preflight', () => {
    const decision = decideCors([policy], preflight('http://a.com'), 0);
    assert.ok(decision.kind === 'preflight');
    assert.deepEqual(
      Object.fromEntries(decision.headers.names.map((name, at) => [name, decision.headers.values[at]])),
      {
        'access-control-allow-origin': 'http://a.com',
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'x-c',
        'access-control-max-age': '600',
        'access-control-expose-headers': 'x-b',
      },
    );
  });

  it('forwards a preflight from elsewhere unless a policy says no', () => {
    assert.equal(decideCors([policy], preflight('http://b.com'), 0).kind, 'continue');
    const refusing = { ...policy, forwardNotMatchingPreflights: false };
    const decision = decideCors([policy, refusing], preflight('http://b.com'), 0);
    assert.ok(decision.kind === 'preflight');
    assert.equal(decision.headers.has('access-control-allow-origin'), false);
  });

  it('adds to the answers for allowed origins alone', () => {
    const answer = (origin: string): readonly string[] => {
      const headers = new HeaderMap();
      addCorsHeaders([policy], decideCors([policy], request('/', { origin }), 0), headers);
      return headers.names;
    };
    assert.deepEqual(answer('http://a.com'), [
      'access-control-allow-origin',
      'access-control-allow-credentials',
      'access-control-expose-headers',
    ]);
    assert.deepEqual(answer('http://b.com'), []);
  });

  it('does nothing without an origin or a policy', () => {
    assert.equal(decideCors([policy], request(), 0).kind, 'none');
    assert.equal(decideCors([], preflight('http://a.com'), 0).kind, 'none');
  });
});
