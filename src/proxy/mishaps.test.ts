// Exceptions planted where a request is handled: it gets a 500 and its connection ends; others notice nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, httpWorld, ok, RawClient, type Serve, staticCluster } from '../../test/kit/http-proxy.ts';
import { Timer } from '../lib/timer-wheel.ts';
import type { HttpStream, StreamFilter } from './http/stream.ts';
import { logMishapsTo, mishapCounters } from './mishaps.ts';

type Hooks = Omit<StreamFilter, 'config'>;
const planted = (stream: HttpStream, path: string): void => {
  if (stream.request.path === path) throw new Error(`planted at ${path}`);
};

function world(hooks: Partial<Hooks>, serve: Serve = ok) {
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
  return { lines, count: () => mishapCounters.envoy_bug_failures - before, started: httpWorld(serve, { firstFilter }) };
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
  test(`an exception in ${place} ends one request`, async (t) => {
    const { lines, count, started } = world(hooks);
    const { client, proxy, close } = await started;
    t.after(close);
    const other = await RawClient.open(proxy.port);
    t.after(() => other.close());
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
  });
}

test('an exception at the end of a request leaves nothing behind, and few lines', async (t) => {
  const { lines, count, started } = world({ onDone: (stream) => planted(stream, '/bad') });
  const { client, proxy, close } = await started;
  t.after(close);
  for (let at = 0; at < 3; at++) {
    client.send(get('/bad'));
    assert.match((await client.answer()).head, /^HTTP\/1\.1 200/);
  }
  assert.equal(count(), 3);
  assert.equal(lines.length, 1);
  assert.equal(proxy.stats.gauges.downstream_rq_active, 0);
});

/** One of the stream's own verbs throws, the first time that it is used. */
function throwingOnce(verb: 'reply' | 'respondEnd' | 'respondBody'): Partial<Hooks> {
  return {
    onRequest: (stream) => {
      if (stream.request.path !== '/bad') return 'continue';
      Reflect.set(stream, verb, (): void => {
        Reflect.deleteProperty(stream, verb);
        throw new Error(`planted in ${verb}`);
      });
      return 'continue';
    },
  };
}

for (const verb of ['respondBody', 'respondEnd'] as const) {
  test(`an exception in ${verb} ends the request that has its answer half`, async (t) => {
    const { count, started } = world(throwingOnce(verb));
    const { client, proxy, close } = await started;
    t.after(close);
    client.send(get('/bad'));
    await client.until(() => client.closed);
    assert.match(client.text, /^HTTP\/1\.1 200/);
    assert.equal(proxy.outcome, '200 - internal_error');
    assert.equal(count(), 1);
    assert.equal(proxy.stats.gauges.downstream_cx_active, 0);
    assert.equal(proxy.clusters.get('a')!.resources.default.requests, 0);
  });
}

test('an exception over an upstream that went away ends the request', async (t) => {
  const { count, started } = world(throwingOnce('reply'), (_head, socket) => void socket.destroy());
  const { client, proxy, close } = await started;
  t.after(close);
  client.send(get('/bad'));
  assert.match((await client.answer()).head, /^HTTP\/1\.1 500/);
  await client.until(() => client.closed);
  assert.equal(count(), 1);
  assert.equal(proxy.stats.gauges.downstream_rq_active, 0);
});

test('of those who wait for a host that is not there, all learn it', async (t) => {
  const { count, started } = world(throwingOnce('reply'));
  const { client, proxy, close } = await started;
  t.after(close);
  proxy.setCluster(staticCluster('a', [1]));
  const other = await RawClient.open(proxy.port);
  t.after(() => other.close());
  client.send(get('/bad'));
  other.send(get('/good'));
  assert.match((await other.answer()).head, /^HTTP\/1\.1 503/);
  assert.match((await client.answer()).head, /^HTTP\/1\.1 500/);
  assert.equal(count(), 1);
  assert.equal(proxy.clusters.get('a')!.resources.default.pending, 0);
});

test('an exception while an upstream is connected is told to who waits', async (t) => {
  const { count, started } = world({});
  const { client, proxy, close } = await started;
  t.after(close);
  const cluster = proxy.clusters.get('a')!;
  const times = cluster.stats.histograms.upstream_cx_connect_ms;
  Reflect.set(times, 'add', (): void => {
    Reflect.deleteProperty(times, 'add');
    throw new Error('planted');
  });
  client.send(get('/bad'));
  assert.match((await client.answer()).head, /^HTTP\/1\.1 500/);
  await client.until(() => client.closed);
  assert.equal(count(), 1);
  assert.equal(cluster.stats.gauges.upstream_cx_active, 0);
  assert.equal(cluster.resources.default.pending, 0);
  const next = await RawClient.open(proxy.port);
  t.after(() => next.close());
  next.send(get('/good'));
  assert.match((await next.answer()).head, /^HTTP\/1\.1 200/);
});
