// Law 3 for routes, as properties: the key tells all that is printed, and printing depends on nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { PrintCache, sliceKey } from '../print-cache.ts';
import type { ForwardSlice, RouteConfigSlice, RouteSlice, RuleRoute } from './route/route-slice.ts';
import { routePrinter } from './route.ts';

const word = fc.constantFrom('a', 'b');
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 1 });
const stringMatch = fc.record({
  kind: fc.constantFrom('exact' as const, 'prefix' as const, 'regex' as const),
  value: word,
});
const pairs = fc.array(fc.record({ name: word, value: word }), { maxLength: 1 });
const change = fc.record({ set: pairs, add: pairs, remove: fc.array(word, { maxLength: 1 }) });
const headers = maybe(fc.record({ request: change, response: change }));
const hash = maybe(
  fc.oneof(
    fc.record({ kind: fc.constant('header' as const), name: word }),
    fc.record({ kind: fc.constant('cookie' as const), name: word, path: word, ttlMs: maybe(fc.constantFrom(0, 1500)) }),
    fc.constant({ kind: 'source-ip' as const }),
  ),
);
const named = fc.array(
  fc.record({ name: word, match: fc.oneof(stringMatch, fc.constant({ kind: 'present' as const })) }),
  { maxLength: 1 },
);
const match = maybe(
  fc.record({
    uri: maybe(stringMatch),
    ignoreUriCase: fc.boolean(),
    scheme: maybe(stringMatch),
    method: maybe(stringMatch),
    authority: maybe(stringMatch),
    headers: named,
    withoutHeaders: named,
    queryParams: named,
  }),
);
const forward: fc.Arbitrary<ForwardSlice> = fc.record({
  kind: fc.constant('forward' as const),
  targets: fc.array(fc.record({ cluster: word, weight: fc.constantFrom(1, 2), headers, hash }), {
    minLength: 1,
    maxLength: 2,
  }),
  rewrite: maybe(fc.record({ uri: word, authority: word, uriRegex: maybe(fc.record({ match: word, rewrite: word })) })),
  timeoutMs: maybe(fc.constantFrom(0, 1)),
  retries: maybe(
    fc.record({
      attempts: fc.constantFrom(0, 1),
      perTryTimeoutMs: maybe(fc.constant(5)),
      retryOn: fc.constantFrom('', '5xx', '503'),
      retryRemoteLocalities: maybe(fc.boolean()),
      retryIgnorePreviousHosts: maybe(fc.boolean()),
      backoffMs: maybe(fc.constant(7)),
    }),
  ),
  mirrors: fc.array(fc.record({ cluster: word, percent: maybe(fc.constantFrom(1, 0.5)) }), { maxLength: 1 }),
});
const direct = fc.record({
  kind: fc.constant('direct' as const),
  status: fc.constantFrom(200, 503),
  body: maybe(fc.oneof(fc.record({ text: word }), fc.record({ base64: fc.constantFrom('/w==', '//8=') }))),
});
const redirect = fc.record({
  kind: fc.constant('redirect' as const),
  redirect: fc.record({
    uri: word,
    authority: word,
    scheme: fc.constantFrom('', 'https'),
    port: maybe(
      fc.oneof(
        fc.record({ kind: fc.constant('number' as const), value: fc.constantFrom(80, 443) }),
        fc.constant({ kind: 'from-request-port' as const }),
      ),
    ),
    code: fc.constantFrom(301, 308),
  }),
});
const rule: fc.Arbitrary<RuleRoute> = fc.record({
  kind: fc.constant('rule' as const),
  config: fc.record({ kind: fc.constant('VirtualService'), namespace: word, name: word }),
  path: word,
  name: word,
  match,
  statPrefix: word,
  port: fc.constantFrom(80, 9080),
  tls: fc.boolean(),
  action: fc.oneof(forward, direct, redirect),
  headers,
  fault: maybe(
    fc.record({
      delay: maybe(fc.record({ fixedMs: fc.constantFrom(1, 2), percent: maybe(fc.constant(1)) })),
      abort: fc.constant(undefined),
    }),
  ),
  cors: fc.constant(undefined),
});
const route: fc.Arbitrary<RouteSlice> = fc.oneof(
  rule,
  fc.record({ kind: fc.constant('default' as const), hostname: word, port: fc.constantFrom(80, 81), hash }),
  fc.record({ kind: fc.constantFrom('passthrough' as const, 'blackhole' as const) }),
);
const config: fc.Arbitrary<RouteConfigSlice> = fc.record({
  name: word,
  virtualHosts: fc.array(
    fc.record({
      name: word,
      domains: fc.array(word, { maxLength: 1 }),
      routes: fc.array(route, { maxLength: 1 }),
      requireTls: fc.boolean(),
    }),
    { maxLength: 1 },
  ),
});

function bytesOf(slice: RouteConfigSlice): string {
  return Buffer.from(toBinary(routePrinter.schema, routePrinter.print(slice))).toString('hex');
}

test('equal slices have equal keys and equal bytes, printed once', () => {
  fc.assert(
    fc.property(config, (slice) => {
      const copy = structuredClone(slice);
      assert.equal(sliceKey(copy), sliceKey(slice));
      assert.equal(bytesOf(copy), bytesOf(slice));
      const cache = new PrintCache();
      assert.equal(cache.encode(routePrinter, copy), cache.encode(routePrinter, slice));
      assert.equal(cache.printed, 1);
    }),
  );
});

test('slices that print differently have different keys', () => {
  fc.assert(
    fc.property(config, config, (a, b) => {
      if (bytesOf(a) !== bytesOf(b)) assert.notEqual(sliceKey(a), sliceKey(b));
    }),
    { numRuns: 300 },
  );
});

test('a change anywhere in a rule that changes the bytes changes the key', () => {
  fc.assert(
    fc.property(rule, rule, fc.nat(), (a, b, at) => {
      const fields = Object.keys(a) as (keyof RuleRoute)[];
      const field = fields[at % fields.length] ?? 'name';
      const wrap = (one: RuleRoute): RouteConfigSlice => ({
        name: 'x',
        virtualHosts: [{ name: 'x', domains: ['*'], routes: [one], requireTls: false }],
      });
      const [before, after] = [wrap(a), wrap({ ...a, [field]: b[field] })];
      assert.equal(sliceKey(before) === sliceKey(after), JSON.stringify(before) === JSON.stringify(after));
      if (sliceKey(before) === sliceKey(after)) assert.equal(bytesOf(before), bytesOf(after));
    }),
    { numRuns: 300 },
  );
});
