// Exceptions planted where a request is handled: it gets a 500 and its connection ends; others notice nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, httpWorld, ok, RawClient } from '../../test/kit/http-proxy.ts';
import { Timer } from '../lib/timer-wheel.ts';
import type { HttpStream, StreamFilter } from './http/stream.ts';
import { logMishapsTo, mishapCounters } from './mishaps.ts';

type Hooks = Omit<StreamFilter, 'config'>;
const planted = (stream: HttpStream, path: string): void => {
  if (stream.request.path === path) throw new Error(`planted at ${path}`);
};

function world(hooks: Partial<Hooks>) {
  const lines: unknown[] = [];
  const ignore = (): void => {};
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (...line: unknown[]) => lines.push(line),
    child: () => log,
  };
  logMishapsTo(log);
  const before = mishapCounters.envoy_bug_failures;
  const firstFilter = (config: StreamFilter['config']): StreamFilter => ({
    config,
    onRequest: () => 'continue',
    ...hooks,
  });
  return { lines, count: () => mishapCounters.envoy_bug_failures - before, started: httpWorld(ok, { firstFilter }) };
}

const places: Readonly<Record<string, Partial<Hooks>>> = {
  'a request': {
    onRequest: (stream) => {
      planted(stream, '/bad');
      return 'continue';
    },
  },
  'an answer': { onResponse: (stream) => planted(stream, '/bad') },
  'a timer': {
    onRequest: (stream) => {
      if (stream.request.path !== '/bad') return 'continue';
      stream.server.timers.start(new Timer(() => planted(stream, '/bad'), stream), 5);
      return 'stop';
    },
  },
};

for (const [place, hooks] of Object.entries(places)) {
  test(`an exception in ${place} ends one request`, async () => {
    const { lines, count, started } = world(hooks);
    const { client, proxy, close } = await started;
    const other = await RawClient.open(proxy.port);
    other.send(get('/good'));
    assert.match((await other.answer()).head, /^HTTP\/1\.1 200/);
    client.send(get('/bad'));
    const { head } = await client.answer();
    assert.match(head, /^HTTP\/1\.1 500/);
    assert.match(head, /connection: close/);
    await client.until(() => client.closed);
    assert.equal(proxy.outcome, '500 - internal_error');
    other.send(get('/good'));
    assert.match((await other.answer()).head, /^HTTP\/1\.1 200/);
    assert.equal(count(), 1);
    assert.equal(lines.length, 1);
    assert.match(JSON.stringify(lines[0]), /planted at \/bad.*mishaps\.test/);
    assert.equal(proxy.stats.gauges.downstream_rq_active, 0);
    assert.equal(proxy.stats.gauges.downstream_cx_active, 1);
    assert.equal(proxy.clusters.get('a')!.resources.default.requests, 0);
    other.close();
    close();
  });
}

test('an exception at the end of a request leaves nothing behind, and few lines', async () => {
  const { lines, count, started } = world({ onDone: (stream) => planted(stream, '/bad') });
  const { client, proxy, close } = await started;
  for (let at = 0; at < 3; at++) {
    client.send(get('/bad'));
    assert.match((await client.answer()).head, /^HTTP\/1\.1 200/);
  }
  assert.equal(count(), 3);
  assert.equal(lines.length, 1);
  assert.equal(proxy.stats.gauges.downstream_rq_active, 0);
  close();
});
