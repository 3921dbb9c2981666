// The choice of a pod's proxy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProxyKind } from './proxy-kind.ts';

const name = 'sidecar.heddle.dev/proxy';

test('a pod has the proxy of the mesh unless it asks for the other', () => {
  const config = { proxy: 'envoy', proxies: ['embedded', 'envoy'] } as const;
  assert.deepEqual(readProxyKind({}, config), { proxy: 'envoy', issues: [] });
  assert.deepEqual(readProxyKind({ [name]: 'embedded' }, config), { proxy: 'embedded', issues: [] });
});

test('a proxy that is not here, or that nobody knows, is an error with a hint', () => {
  const config = { proxy: 'embedded', proxies: ['embedded'] } as const;
  const [missing] = readProxyKind({ [name]: 'envoy' }, config).issues;
  assert.match(missing?.message ?? '', /no envoy here/);
  assert.match(missing?.hint ?? '', /npm run peers/);
  const [unknown] = readProxyKind({ [name]: 'enovy' }, config).issues;
  assert.match(unknown?.message ?? '', /unknown proxy/);
});
