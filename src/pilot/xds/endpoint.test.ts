// Endpoints as a proxy gets them: which addresses a cluster has, where, and with what share.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoint, external, makeModel, pod, policy, port, service, viewOf } from '../../../test/kit/model-builder.ts';
import { endpointSlices } from './endpoint.ts';

const frontend = pod('shop/frontend', '10.1.0.1', { app: 'frontend' });

function assigned(parts: Parameters<typeof makeModel>[0]): Record<string, string[]> {
  const model = makeModel({ ...parts, workloads: [frontend, ...(parts?.workloads ?? [])] });
  const slices = endpointSlices(viewOf(model, 'shop/frontend'));
  return Object.fromEntries(
    slices.map(({ name, localities }) => [
      name,
      localities.flatMap(({ locality, endpoints }) =>
        endpoints.map(({ address, port: number, weight }) => `${locality.zone}${address}:${number}*${weight}`),
      ),
    ]),
  );
}

test('ready pods by port; a subset has those with its labels, and an empty one is told as empty', () => {
  const provenance = { resource: { kind: 'DestinationRule', namespace: 'shop', name: 'x' }, path: '' };
  const subset = (version: string) => ({ provenance, name: version, labels: { version }, policy: undefined });
  const reviews = service('shop/reviews', '10.2.0.1', [port('http', 9080, 8080)]);
  assert.deepEqual(
    assigned({
      services: [reviews],
      workloads: [
        pod('shop/reviews-v1', '10.1.0.5', { app: 'reviews', version: 'v1' }),
        pod('shop/reviews-v2', '10.1.0.6', { app: 'reviews', version: 'v2' }),
        pod('shop/reviews-v3', '10.1.0.7', { app: 'reviews', version: 'v2' }, { ready: false }),
      ],
      destinationPolicies: [policy('shop/x', reviews.hostname, { subsets: [subset('v2'), subset('v9')] })],
    }),
    {
      'outbound|9080||reviews.shop.svc.cluster.local': ['10.1.0.5:8080*1', '10.1.0.6:8080*1'],
      'outbound|9080|v2|reviews.shop.svc.cluster.local': ['10.1.0.6:8080*1'],
      'outbound|9080|v9|reviews.shop.svc.cluster.local': [],
    },
  );
});

test('weights and localities; names and what DNS resolves are left out', () => {
  const at = (zone: string) => ({ locality: { region: 'r', zone, subZone: '' } });
  assert.deepEqual(
    assigned({
      services: [
        external('api.example', [port('http', 80)]),
        external('dns.example', [port('http', 80)], { resolution: 'dns' }),
      ],
      endpoints: {
        'shop/api.example': [
          endpoint('240.0.0.1', 'http-80', 8080, { weight: 3, ...at('b') }),
          endpoint('240.0.0.2', 'http-80', 8080, at('a')),
          endpoint('240.0.0.3', 'http-80', 8080, { health: 'draining', ...at('a') }),
          endpoint('240.0.0.4', 'other', 1),
          endpoint('name.example', 'http-80', 80),
          endpoint('unix:///run/api.sock', 'http-80', 0),
        ],
        'shop/dns.example': [endpoint('dns.example', 'http-80', 80)],
      },
    }),
    { 'outbound|80||api.example': ['unix:///run/api.sock:0*1', 'a240.0.0.2:8080*1', 'b240.0.0.1:8080*3'] },
  );
});
