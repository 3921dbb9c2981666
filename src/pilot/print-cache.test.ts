// The print cache: equal slices share one resource, and what is no longer asked for is let go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { RouteConfigurationSchema } from '../proto/gen/envoy/config/route/v3/route_pb.ts';
import { PrintCache, type Printer } from './print-cache.ts';

const printer: Printer<{ readonly name: string }, typeof RouteConfigurationSchema> = {
  schema: RouteConfigurationSchema,
  nameOf: ({ name }) => name,
  print: ({ name }) => create(RouteConfigurationSchema, { name }),
};

test('equal slices are printed once, different ones have different versions', () => {
  const cache = new PrintCache();
  const first = cache.encode(printer, { name: 'a' });
  assert.equal(cache.encode(printer, { name: 'a' }), first);
  assert.notEqual(cache.encode(printer, { name: 'b' }).version, first.version);
  assert.equal(cache.printed, 2);
});

test('what two models in a row did not ask for is printed anew, to the same bytes', () => {
  const cache = new PrintCache();
  const first = cache.encode(printer, { name: 'a' });
  cache.turn();
  assert.equal(cache.encode(printer, { name: 'a' }), first, 'asked for under the newest model');
  for (const other of ['b', 'c']) {
    cache.turn();
    cache.encode(printer, { name: other });
  }
  cache.turn();
  const again = cache.encode(printer, { name: 'a' });
  assert.notEqual(again, first);
  assert.deepEqual(again, first);
});

test('models that nobody asks about cost nothing', () => {
  const cache = new PrintCache();
  const first = cache.encode(printer, { name: 'a' });
  for (let turns = 0; turns < 5; turns++) cache.turn();
  assert.equal(cache.encode(printer, { name: 'a' }), first);
});
