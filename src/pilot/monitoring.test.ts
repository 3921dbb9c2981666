// A request target that no URL can be made of is refused, and ends nothing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type MonitoringSource, serveMonitoring } from './monitoring.ts';

test('odd targets', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-monitoring-'));
  const path = join(folder, 'socket');
  const ready: Pick<MonitoringSource, 'ready'> = { ready: () => true };
  const server = await serveMonitoring(ready as MonitoringSource, { path });
  t.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  for (const [target, status] of Object.entries({ '//': '400', '//[': '400', '/ready': '200' })) {
    const socket = connect(path);
    socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.equal(answer.toString('latin1').split(' ')[1], status, target);
    socket.destroy();
  }
});
