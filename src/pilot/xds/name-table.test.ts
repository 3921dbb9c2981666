// The name table as an agent gets it: which names have which addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoint, external, makeModel, pod, port, service, viewOf } from '../../../test/kit/model-builder.ts';
import { nameTablePrinter, nameTableSlice } from './name-table.ts';

test('services by address, headless ones by their pods, and pods that have a name in one', () => {
  const model = makeModel({
    services: [
      service('shop/reviews', '10.2.0.1', [port('http', 9080)]),
      service('shop/db', '', [port('tcp', 5432), port('tcp', 5433)], { selector: undefined }),
      external('api.example', [port('http', 80)], { addresses: ['240.0.0.1', '240.0.0.2'] }),
      external('net.example', [port('tcp', 80)], { addresses: ['240.0.0.0/24'] }),
      external('dns.example', [port('http', 80)], { resolution: 'dns' }),
    ],
    endpoints: {
      'shop/db.shop.svc.cluster.local': [
        endpoint('10.1.0.5', 'tcp-5432', 5432, { hostname: 'db-0' }),
        endpoint('10.1.0.5', 'tcp-5433', 5433, { hostname: 'db-0' }),
        endpoint('10.1.0.6', 'tcp-5432', 5432),
      ],
    },
    workloads: [pod('shop/frontend', '10.1.0.1', {})],
  });
  const slice = nameTableSlice(viewOf(model, 'shop/frontend'));
  assert.deepEqual(
    Object.entries(nameTablePrinter.print(slice).table).map(([name, info]) => [name, info.ips, info.shortname]),
    [
      ['api.example', ['240.0.0.1', '240.0.0.2'], ''],
      ['db-0.db.shop.svc.cluster.local', ['10.1.0.5'], 'db-0.db'],
      ['db.shop.svc.cluster.local', ['10.1.0.5', '10.1.0.6'], 'db'],
      ['reviews.shop.svc.cluster.local', ['10.2.0.1'], 'reviews'],
    ],
  );
});
