// Delta ADS by the protocol's rules: each test is one case, walked by a raw client over real gRPC.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdsWorld, bodies } from '../../../test/kit/ads-world.ts';
import { typeUrls } from '../proxy-resources.ts';

const { cluster: CDS, endpoint: EDS, listener: LDS, route: RDS, nameTable: NDS } = typeUrls;

test('delta: an empty first list of clusters or listeners means all of them', async (t) => {
  const world = await new AdsWorld(t).set(CDS, 'a').set(CDS, 'b').start();
  const client = world.client('delta');
  client.subscribe(CDS);
  const response = await client.next(CDS);
  assert.deepEqual(bodies(response), ['a body', 'b body']);
  assert.equal(response.resources[0]?.typeUrl, CDS);
  assert.notEqual(response.nonce, '');
});
