// Which filter chain serves a connection.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chainMatch } from '../../test/kit/decide-kit.ts';
import type { FilterChain, FilterChainMatch } from './config/listener.ts';
import type { CidrRange } from './config/value.ts';
import { chooseFilterChain, type ConnectionView } from './filter-chain.ts';

function range(address: string, prefixLength: number): CidrRange {
  return { address, prefixLength, bytes: address.split('.').map(Number) };
}

function choose(
  matches: Readonly<Record<string, Partial<FilterChainMatch>>>,
  connection: Partial<ConnectionView> = {},
): string | undefined {
  const filterChains = Object.entries(matches).map(
    ([name, match]) => ({ name, match: chainMatch(match) }) as FilterChain,
  );
  const view: ConnectionView = {
    destinationAddress: '10.0.0.5',
    destinationPort: 80,
    sourceAddress: '10.0.0.9',
    sourcePort: 4000,
    serverName: '',
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    ...connection,
  };
  return chooseFilterChain({ filterChains, defaultFilterChain: undefined }, view)?.name;
}

describe('filter chains', () => {
  it('by port first, without a way back', () => {
    const chains = { port: { destinationPort: 80, transportProtocol: 'tls' }, any: {} };
    assert.equal(choose(chains, { transportProtocol: 'tls' }), 'port');
    assert.equal(choose(chains), undefined);
    assert.equal(choose(chains, { destinationPort: 81 }), 'any');
  });

  it('by the longest range', () => {
    const chains = {
      wide: { prefixRanges: [range('10.0.0.0', 8)] },
      narrow: { prefixRanges: [range('10.0.0.4', 30)] },
      any: {},
    };
    assert.equal(choose(chains), 'narrow');
    assert.equal(choose(chains, { destinationAddress: '10.0.0.8' }), 'wide');
    assert.equal(choose(chains, { destinationAddress: '11.0.0.1' }), 'any');
    assert.equal(choose(chains, { destinationAddress: '::1' }), 'any');
  });

  it('by server name, exact before the longest wildcard', () => {
    const chains = {
      exact: { serverNames: ['a.b.com'] },
      near: { serverNames: ['*.b.com'] },
      far: { serverNames: ['*.com'] },
    };
    assert.equal(choose(chains, { serverName: 'A.b.com' }), 'exact');
    assert.equal(choose(chains, { serverName: 'c.d.b.com' }), 'near');
    assert.equal(choose(chains, { serverName: 'x.com' }), 'far');
    assert.equal(choose(chains, { serverName: 'x.org' }), undefined);
  });

  it("by the client's first protocol that any chain has", () => {
    const chains = { one: { applicationProtocols: ['http/1.1'] }, two: { applicationProtocols: ['h2'] }, any: {} };
    assert.equal(choose(chains, { applicationProtocols: ['istio', 'h2', 'http/1.1'] }), 'two');
    assert.equal(choose(chains, { applicationProtocols: ['mqtt'] }), 'any');
  });

  it('by source', () => {
    const chains = {
      local: { sourceType: 'same-ip-or-loopback' },
      near: { sourcePrefixRanges: [range('10.0.0.0', 24)] },
      far: {},
    } as const;
    assert.equal(choose(chains, { sourceAddress: '127.0.0.1' }), 'local');
    assert.equal(choose(chains, { sourceAddress: '10.0.0.5' }), 'local');
    assert.equal(choose(chains), 'near');
    assert.equal(choose(chains, { sourceAddress: '10.1.0.1' }), 'far');
    // Of 127.0.0.0/8 Envoy takes one address alone for loopback.
    assert.equal(choose(chains, { sourceAddress: '127.0.0.9' }), 'far');
    assert.equal(choose({ port: { sourcePorts: [4000] }, any: {} }), 'port');
  });
});
