// Which domain a host belongs to.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { routeConfig, virtualHost } from '../../../test/kit/decide-kit.ts';
import { VirtualHostTable } from './virtual-host.ts';

const domains = ['a.com', '*.a.com', '*.b.a.com', '*-x.a.com', 'a.*', 'a.co*', '10.0.0.1', '[::1]', 'a.com:8080', '*'];

function find(host: string, ignorePortInHostMatching = false, all = domains): string | undefined {
  const config = routeConfig(
    all.map((domain) => virtualHost(domain)),
    { ignorePortInHostMatching },
  );
  return new VirtualHostTable(config, ({ name }) => name).find(host);
}

describe('the virtual host of a host', () => {
  for (const [host, expected] of [
    ['a.com', 'a.com'],
    ['A.Com', 'a.com'],
    ['x.a.com', '*.a.com'],
    ['x.b.a.com', '*.b.a.com'],
    ['y-x.a.com', '*-x.a.com'],
    ['.a.com', 'a.com:none'],
    ['a.org', 'a.*'],
    ['a.coop', 'a.co*'],
    ['a.com:8080', 'a.com:8080'],
    ['a.com:81', 'a.co*'],
    ['[::1]', '[::1]'],
    ['other', '*'],
    ['', '*'],
  ] as const) {
    it(host, () => assert.equal(find(host), expected === 'a.com:none' ? '*' : expected));
  }

  it('ignores a port where told to, but not a part of an IPv6 address', () => {
    assert.equal(find('a.com:81', true), 'a.com');
    assert.equal(find('[::1]:81', true), '[::1]');
    assert.equal(find('[::1]', true), '[::1]');
  });

  it('may find none', () => assert.equal(find('b', false, ['a']), undefined));
});
