// Clusters by weight and by header, hashes, mirrors.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forwardAction, request, route, routeConfig, virtualHost } from '../../../test/kit/decide-kit.ts';
import type { HashPolicy, MirrorPolicy, WeightedCluster, WeightedClusters } from '../config/route-action.ts';
import { xxHash64 } from '../xx-hash.ts';
import { chooseCluster } from './choose-cluster.ts';
import { chooseMirrors, mirroredHost } from './choose-mirrors.ts';
import { requestHash } from './request-hash.ts';

function weighted(randomValueHeader?: string): WeightedClusters {
  const noHeaders = { add: [], remove: [] };
  const cluster = (name: string, weight: number): WeightedCluster => ({
    target: { kind: 'cluster', cluster: name },
    weight,
    requestHeaders: noHeaders,
    responseHeaders: noHeaders,
    hostRewriteLiteral: undefined,
    perFilter: new Map(),
    metadataMatch: undefined,
  });
  return {
    kind: 'weighted-clusters',
    clusters: [cluster('a', 1), cluster('b', 0), cluster('c', 9)],
    totalWeight: 10,
    randomValueHeader,
  };
}

describe('choosing a cluster', () => {
  it('by weight', () => {
    const action = forwardAction({ target: weighted() });
    assert.deepEqual(
      [0, 1, 9, 10, 11].map((value) => chooseCluster(action, request(), value).cluster),
      ['a', 'c', 'c', 'a', 'c'],
    );
  });

  it('by the number in a header, if it is one', () => {
    const action = forwardAction({ target: weighted('x-draw') });
    const choose = (draw: string) => chooseCluster(action, request('/', { 'x-draw': draw }), 0).cluster;
    assert.deepEqual(['5', '18446744073709551615', 'x', '-5'].map(choose), ['c', 'c', 'a', 'a']);
  });

  it('by the name in a header', () => {
    const action = forwardAction({ target: { kind: 'cluster-header', header: 'x-cluster' } });
    assert.equal(chooseCluster(action, request('/', { 'x-cluster': 'd' }), 0).cluster, 'd');
    assert.equal(chooseCluster(action, request(), 0).cluster, '');
  });
});

describe('hashes', () => {
  const header: HashPolicy = { kind: 'header', header: 'x-a', rewrite: undefined, terminal: true };
  const cookie: HashPolicy = { kind: 'cookie', cookie: 'c', ttlMs: 9000, path: '/', attributes: [], terminal: false };
  const stream = { downstreamRemoteAddress: '10.0.0.1:4000', downstreamLocalAddress: '10.0.0.2:80' };

  it('stops at a terminal one', () => {
    assert.deepEqual(requestHash([header, cookie], request('/', { 'x-a': 'v' }), stream), {
      hash: xxHash64('v'),
      setCookies: [],
    });
  });

  it('makes a cookie where there is none', () => {
    const { hash, setCookies } = requestHash([header, cookie], request(), stream);
    assert.match(setCookies[0]!, /^c="[0-9a-f]{16}"; Max-Age=9; Path=\/; HttpOnly$/);
    assert.equal(hash, xxHash64(setCookies[0]!.slice(3, 19)));
    assert.equal(requestHash([cookie], request('/', { cookie: 'b=1; c=v' }), stream).hash, xxHash64('v'));
  });

  it('takes the address without its port', () => {
    assert.equal(requestHash([{ kind: 'source-ip', terminal: false }], request(), stream).hash, xxHash64('10.0.0.1'));
  });
});

describe('mirrors', () => {
  const mirror = (cluster: string, numerator: number): MirrorPolicy => ({
    target: { kind: 'cluster', cluster },
    fraction: { numerator, denominator: 100 },
    traceSampled: undefined,
    disableHostSuffix: false,
  });

  it("the route's instead of the virtual host's, by share", () => {
    const host = virtualHost('v', { mirrors: [mirror('host', 100)] });
    const chosen = { config: routeConfig([host]), virtualHost: host, route: route('r') };
    const names = (action: ReturnType<typeof forwardAction>, value: number) =>
      chooseMirrors(chosen, action, request(), value).map(({ cluster }) => cluster);
    assert.deepEqual(names(forwardAction(), 0), ['host']);
    const own = forwardAction({ mirrors: [mirror('a', 50), mirror('b', 100)] });
    assert.deepEqual([names(own, 49), names(own, 50)], [['a', 'b'], ['b']]);
  });

  it('tell the mirror by its host', () => {
    assert.equal(mirroredHost('shop:80', mirror('a', 1)), 'shop-shadow:80');
    assert.equal(mirroredHost('[::1]', mirror('a', 1)), '[::1]-shadow');
  });
});
