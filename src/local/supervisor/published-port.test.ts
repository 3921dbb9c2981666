// `--publish` as users write it, and what a taken port tells them.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { listeningInodes } from './port-owner.ts';
import { openPublished, parsePublish } from './published-port.ts';

test('address, port and the service’s port; each but the port may be left out', () => {
  const parts = (text: string): unknown[] => {
    const { address, port, servicePort } = parsePublish(text);
    return [address, port, servicePort];
  };
  assert.deepEqual(parts('8080'), ['127.0.0.1', 8080, 80]);
  assert.deepEqual(parts('0.0.0.0:8443=443'), ['0.0.0.0', 8443, 443]);
  assert.deepEqual(parts('localhost:9000'), ['127.0.0.1', 9000, 80]);
  assert.deepEqual(parts('[::1]:9000'), ['::1', 9000, 80]);
  for (const text of ['nothing', '8080:', '127.0.0.1:99999'])
    assert.throws(() => parsePublish(text), /want ADDRESS:PORT/);
});

test('a taken port names its owner and the flag', async () => {
  const owner = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => owner.once('listening', resolve));
  const { port } = owner.address() as AddressInfo;
  const published = { text: '', address: '127.0.0.1', port, servicePort: 80 };
  const message = new RegExp(
    `port ${port} .* taken by pid ${process.pid} \\(.*\\); .*--publish 127\\.0\\.0\\.1:${port + 1}`,
  );
  await assert.rejects(openPublished(published), message);
  owner.close();
});

test('only sockets that listen count', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1',
    '   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1',
  ].join('\n');
  assert.deepEqual(listeningInodes(table, 8080), ['4711']);
});
