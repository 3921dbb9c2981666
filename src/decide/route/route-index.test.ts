// The index returns exactly what a scan would, on generated tables of all kinds of routes; and it is fast on large ones.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { request, route, routeMatch, text } from '../../../test/kit/decide-kit.ts';
import { compileRegex } from '../../lib/re2.ts';
import type { Route } from '../config/route.ts';
import type { PathMatch, RouteMatch } from '../config/route-match.ts';
import type { HeaderMatch } from '../config/string-match.ts';
import { HeaderMap } from '../header-map.ts';
import type { MatchInput } from './match.ts';
import { RouteIndex, scanRoutes } from './route-index.ts';

const segment = fc.constantFrom('a', 'b', 'A', 'ab', 'api', 'v1', '');
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
const pattern = fc.oneof(
  path.map((text) => `${text}.*`),
  path.map((text) => `${text}[a-z]?`),
  path.map((text) => `${text}a|/b`),
  fc.constantFrom(
    '.*',
    '/(a|b)/?.*',
    '(?i)/API.*',
    '/a\\.b',
    '/ab?',
    '/ab{0,2}',
    '^/a/.+$',
    '/a+',
    '\\/api\\/.*',
    '[/]a.*',
  ),
);

const pathMatch: fc.Arbitrary<PathMatch> = fc.oneof(
  fc.record({ kind: fc.constantFrom('prefix' as const, 'exact' as const), value: path }),
  path.map((value): PathMatch => ({ kind: 'path-separated-prefix', value: value.replace(/\/+$/, '') || '/a' })),
  pattern.map((text): PathMatch => {
    const compiled = compileRegex(text);
    assert.ok(compiled.ok);
    return { kind: 'regex', pattern: text, regex: compiled.regex };
  }),
  fc.constant<PathMatch>({ kind: 'connect' }),
);

const header: fc.Arbitrary<HeaderMatch> = fc.record({
  name: fc.constantFrom('x-a', 'x-b', ':method', ':authority', 'host'),
  match: fc.oneof(
    fc.record({
      kind: fc.constantFrom('exact' as const, 'prefix' as const),
      value: fc.constantFrom('a', 'b', '', 'GET'),
      ignoreCase: fc.boolean(),
    }),
    fc.constant({ kind: 'present' as const, present: true }),
  ),
  invert: fc.boolean(),
  treatMissingAsEmpty: fc.boolean(),
});

function routeFor(match: Partial<RouteMatch>): Route {
  return route('', { match: routeMatch(match) });
}

const routes = fc.array(
  fc
    .record({ path: pathMatch, caseSensitive: fc.boolean(), headers: fc.array(header, { maxLength: 2 }) })
    .map(routeFor),
  { maxLength: 60 },
);

const sentHeader = fc.tuple(fc.constantFrom('x-a', 'x-b', 'x-c'), fc.constantFrom('a', 'b', 'A', ''));
const input: fc.Arbitrary<MatchInput> = fc
  .record({ path, method: fc.constantFrom('GET', 'POST', 'CONNECT'), sent: fc.array(sentHeader, { maxLength: 3 }) })
  .map(({ path: text, method, sent }) => {
    const headers = new HeaderMap();
    for (const [name, value] of sent) headers.add(name, value);
    return {
      request: { method, path: text, authority: 'a', scheme: 'http', headers },
      path: method === 'CONNECT' && text === '/' ? '' : text,
      tls: undefined,
      randomValue: 0,
    };
  });

function microsPerLookup(table: readonly Route[], inputs: readonly MatchInput[]): number {
  const index = new RouteIndex(table);
  const round = (): number => inputs.reduce((sum, each) => sum + index.find(each), 0);
  for (let warm = 0; warm < 20; warm++) round();
  const start = performance.now();
  for (let turn = 0; turn < 20; turn++) round();
  return ((performance.now() - start) * 1000) / (20 * inputs.length);
}

function inputFor(text: string, headers: Readonly<Record<string, string>> = {}): MatchInput {
  return { request: request(text, headers), path: text, tls: undefined, randomValue: 0 };
}

describe('the route index', () => {
  it('finds what a scan finds', () => {
    fc.assert(
      fc.property(routes, fc.array(input, { minLength: 1, maxLength: 8 }), (table, inputs) => {
        const index = new RouteIndex(table);
        for (const each of inputs) assert.equal(index.find(each), scanRoutes(table, each), JSON.stringify(each));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not slow down with ten thousand paths', (context) => {
    const kinds = ['prefix', 'exact', 'path-separated-prefix'] as const;
    const table = Array.from({ length: 10_000 }, (_, at) =>
      routeFor({ path: { kind: kinds[at % 3]!, value: `/service-${at}/v1/items` } }),
    );
    const inputs = Array.from({ length: 1000 }, (_, at) => inputFor(`/service-${at * 10}/v1/items`));
    const micros = microsPerLookup([...table, routeFor({})], inputs);
    context.diagnostic(`${micros.toFixed(2)} us a lookup`);
    assert.ok(micros < 20, `${micros.toFixed(2)} us a lookup`);
  });

  it('does not slow down with ten thousand headers', (context) => {
    const table = Array.from({ length: 10_000 }, (_, at) =>
      routeFor({
        headers: [{ name: 'x-tenant', match: text('exact', `t${at}`), invert: false, treatMissingAsEmpty: false }],
      }),
    );
    const inputs = Array.from({ length: 1000 }, (_, at) => inputFor('/', { 'x-tenant': `t${at * 10}` }));
    const micros = microsPerLookup([...table, routeFor({})], inputs);
    context.diagnostic(`${micros.toFixed(2)} us a lookup`);
    assert.ok(micros < 20, `${micros.toFixed(2)} us a lookup`);
  });
});
