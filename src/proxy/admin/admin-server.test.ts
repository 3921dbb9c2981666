// Targets that no URL can be made of: the port is open to the network, and the process must not end for them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { AdminServer } from './admin-server.ts';

async function statusOf(port: number, target: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString('latin1').split(' ')[1] ?? '';
}

test('any target is answered', async () => {
  const route = { path: '/stats/prometheus', changes: false, help: '', answer: () => ({ body: 'ok' }) };
  const server = new AdminServer([route]);
  const port = 30_000 + (process.pid % 1000);
  await server.listen('127.0.0.1', port, route.path);
  const expected = { '/stats/prometheus?a=//': '200', '//': '404', '//[': '404', '///:9/': '404', '/%ff%': '404' };
  const found = Object.fromEntries(
    await Promise.all(Object.keys(expected).map(async (target) => [target, await statusOf(port, target)])),
  ) as Record<string, string>;
  await server.close();
  assert.deepEqual(found, expected);
});
