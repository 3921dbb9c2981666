// Where redirects lead to. The many combinations are held against a live Envoy in test/conformance.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request, routeMatch } from '../../../test/kit/decide-kit.ts';
import type { RedirectAction } from '../config/route-action.ts';
import { redirectLocation, tlsRedirectLocation } from './redirect.ts';

const match = routeMatch({ path: { kind: 'prefix', value: '/old' } });

function location(rest: Partial<RedirectAction>, authority = 'shop:80', path = '/old/x?q=1'): string {
  const action: RedirectAction = {
    kind: 'redirect',
    scheme: undefined,
    host: '',
    port: 0,
    path: undefined,
    status: 301,
    stripQuery: false,
    ...rest,
  };
  return redirectLocation(action, match, request(path, {}, { authority }));
}

describe('redirects', () => {
  it('drops a default port when the scheme changes', () => {
    assert.equal(location({ scheme: { kind: 'https' } }), 'https://shop/old/x?q=1');
    assert.equal(location({}), 'http://shop:80/old/x?q=1');
    assert.equal(location({ scheme: { kind: 'https' } }, 'shop:8080'), 'https://shop:8080/old/x?q=1');
    assert.equal(location({ port: 81 }, '[::1]:80'), 'http://[::1]:81/old/x?q=1');
  });

  it('rewrites the path and keeps the query, unless told otherwise', () => {
    assert.equal(location({ path: { kind: 'path', value: '/new' } }), 'http://shop:80/new?q=1');
    assert.equal(location({ path: { kind: 'path', value: '/new?n=2' }, stripQuery: true }), 'http://shop:80/new?n=2');
    assert.equal(location({ path: { kind: 'prefix', value: '/new' } }), 'http://shop:80/new/x?q=1');
    assert.equal(location({ stripQuery: true }), 'http://shop:80/old/x');
    assert.equal(location({ path: { kind: 'path', value: 'new' }, stripQuery: true }), 'http://shop:80/new');
  });

  it('goes to https where a virtual host asks for it', () => {
    assert.equal(tlsRedirectLocation(request('/a?b')), 'https://shop/a?b');
  });
});
