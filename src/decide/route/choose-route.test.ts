// From a request to its route, and what a trace says about it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request, route, routeConfig, routeMatch, text, virtualHost } from '../../../test/kit/decide-kit.ts';
import type { TraceStep } from '../trace.ts';
import { RouteChooser } from './choose-route.ts';

const beta = { name: 'x-user', match: text('exact', 'beta'), invert: false, treatMissingAsEmpty: false };
const config = routeConfig([
  virtualHost('shop', {
    routes: [
      route('api', { match: routeMatch({ path: { kind: 'prefix', value: '/api' }, headers: [beta] }) }),
      route('half', {
        match: routeMatch({ path: { kind: 'exact', value: '/h' }, fraction: { numerator: 50, denominator: 100 } }),
      }),
      route('grpc', { match: routeMatch({ grpc: true }) }),
      route('rest', {
        match: routeMatch({ path: { kind: 'path-separated-prefix', value: '/v1' } }),
        metadata: { istio: { config: '/apis/x/virtual-service/shop' } },
      }),
    ],
  }),
  virtualHost('secure', { requireTls: 'all', routes: [route('all')] }),
  virtualHost('outside', { requireTls: 'external-only', routes: [route('all')] }),
]);
const chooser = new RouteChooser(config);

function name(sent: ReturnType<typeof request>, randomValue = 0): string {
  const choice = chooser.choose(sent, {}, randomValue);
  return choice.kind === 'route' ? choice.chosen.route.name : choice.kind;
}

describe('choosing a route', () => {
  it('takes the first that matches', () => {
    assert.equal(name(request('/api', { 'x-user': 'beta' })), 'api');
    assert.equal(name(request('/v1/x?q#f')), 'rest');
    assert.equal(name(request('/v1x')), 'none');
  });

  it('matches gRPC by its content type', () => {
    assert.equal(name(request('/', { 'content-type': 'application/grpc+proto' })), 'grpc');
    assert.equal(name(request('/', { 'content-type': 'application/grpc-web' })), 'none');
  });

  it('takes a share by the random value of the stream', () => {
    assert.equal(name(request('/h'), 149), 'half');
    assert.equal(name(request('/h'), 150), 'none');
  });

  it('asks for TLS by the scheme that the client used', () => {
    const secure = { authority: 'secure' };
    assert.equal(name(request('/', {}, secure)), 'tls-redirect');
    assert.equal(name(request('/', { 'x-forwarded-proto': 'https' }, secure)), 'all');
    assert.equal(name(request('/', { 'x-envoy-internal': 'true' }, { authority: 'outside' })), 'all');
    assert.equal(name(request('/', {}, { authority: 'outside' })), 'tls-redirect');
  });

  it('tells why, and which resource it was', () => {
    const steps: TraceStep[] = [];
    chooser.choose(request('/v1', { 'x-user': 'old' }), {}, 0, (step) => steps.push(step));
    assert.deepEqual(
      steps.map(({ subject, chosen, reason }) => [subject, chosen, reason]),
      [
        ['shop', true, 'host shop'],
        ['route 0 (api)', false, 'path /v1 does not match prefix /api'],
        ['route 1 (half)', false, 'path /v1 does not match exact /h'],
        ['route 2 (grpc)', false, 'content type is not that of gRPC'],
        ['route 3 (rest)', true, 'all its conditions hold'],
      ],
    );
    assert.equal(steps.at(-1)?.resource, '/apis/x/virtual-service/shop');
  });
});
