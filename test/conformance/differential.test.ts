// Generated route tables and requests: our evaluator against a live Envoy. HEDDLE_SEED repeats a run, HEDDLE_PAIRS sets its size.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRegistry, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { rootCursor } from '../../src/decide/config/decode/cursor.ts';
import { routeConfig } from '../../src/decide/config/decode/route-config.ts';
import { CorsPolicySchema } from '../../src/proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { HTTPFaultSchema } from '../../src/proto/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { RouteConfigurationSchema } from '../../src/proto/gen/envoy/config/route/v3/route_pb.ts';
import { RandomRoutes, seeded } from '../kit/random-routes.ts';
import { LiveRoutes } from './live-routes.ts';
import { RouteEvaluator } from './route-outcome.ts';

const pairs = Number(process.env['HEDDLE_PAIRS'] ?? 20_000);
const perTable = 200;
const registry = createRegistry(CorsPolicySchema, HTTPFaultSchema);
const hostnames = new Map([
  ['c0', 'zero.com'],
  ['c1', 'one.com'],
  ['c2', 'two.com'],
]);

/** Says in every response which route and cluster it was. */
const markers = [
  { header: { key: 'x-route', value: '%ROUTE_NAME%' } },
  { header: { key: 'x-cluster', value: '%UPSTREAM_CLUSTER_RAW%' } },
];

function marked(table: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const own = (table['response_headers_to_add'] ?? []) as readonly unknown[];
  return { ...table, response_headers_to_add: [...own, ...markers] };
}

function decode(table: unknown): RouteEvaluator {
  const at = rootCursor();
  const config = routeConfig(fromJson(RouteConfigurationSchema, table as JsonValue, { registry }), at);
  assert.deepEqual(at.issues, [], 'a table that Envoy takes is taken');
  return new RouteEvaluator(config, { hostnames });
}

it(`decides as Envoy does on ${pairs} pairs of table and request`, { timeout: 120_000 }, async (context) => {
  const seed = Number(process.env['HEDDLE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  context.diagnostic(`seed ${seed}`);
  const random = new RandomRoutes(seeded(seed), [...hostnames.keys()]);
  const tables = Array.from({ length: Math.ceil(pairs / perTable) }, (_, at) => marked(random.table(`table-${at}`)));
  const evaluators = tables.map(decode);
  const live = new LiveRoutes();
  const start = performance.now();
  let compared = 0;
  try {
    await live.start(tables, hostnames);
    for (const [at, evaluator] of evaluators.entries()) {
      const requests = Array.from({ length: perTable }, () => random.request());
      const outcomes = await live.ask(at, requests);
      for (const [number, request] of requests.entries()) {
        const where = `HEDDLE_SEED=${seed}, table ${at}, ${JSON.stringify(request)}\n${JSON.stringify(tables[at])}`;
        assert.deepEqual(evaluator.outcome(request), outcomes[number], where);
        compared += 1;
      }
    }
  } finally {
    await live.close();
  }
  context.diagnostic(`${compared} pairs in ${((performance.now() - start) / 1000).toFixed(1)} s, 0 differences`);
});
