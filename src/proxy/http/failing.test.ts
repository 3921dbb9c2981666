// Upstreams that fail or dawdle: retries, time limits, circuit breakers, and what the client and the log are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, httpWorld, ok, RawBackend, RawClient, type Serve, staticCluster } from '../../../test/kit/http-proxy.ts';

const unavailable: Serve = (_head, socket) => void socket.write('HTTP/1.1 503 X\r\ncontent-length: 1\r\n\r\nx');
const silent: Serve = () => {};

/** Fails so often, then answers. */
function failing(times: number, failure: Serve = unavailable): Serve {
  let count = 0;
  return (head, socket, body) => (count++ < times ? failure : ok)(head, socket, body);
}

test('a request is tried again, with its body', async () => {
  const { client, backend, proxy, close } = await httpWorld(failing(2), {
    route: { retryPolicy: { retryOn: '5xx', numRetries: 3 } },
  });
  client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello');
  const { head, body } = await client.answer();
  assert.match(head, /^HTTP\/1\.1 200/);
  assert.equal(body, 'ok');
  assert.equal(backend.received.split('hello').length, 4);
  const { counters } = proxy.clusters.get('a')!.stats;
  assert.equal(counters.upstream_rq_retry, 2);
  assert.equal(counters.upstream_rq_retry_success, 1);
  assert.equal(proxy.clusters.get('a')!.resources.default.retries, 0);
  assert.equal(proxy.streams[0]!.attemptCount, 3);
  close();
});

test('retries that run out are told', async () => {
  const { client, backend, proxy, close } = await httpWorld(unavailable, {
    route: { retryPolicy: { retryOn: '5xx', numRetries: 1 } },
  });
  client.send(get());
  assert.match((await client.answer()).head, /^HTTP\/1\.1 503/);
  assert.equal(backend.heads.length, 2);
  assert.equal(proxy.outcome, '503 URX via_upstream');
  close();
});

test('a retry prefers a host that was not tried', async () => {
  const good = await RawBackend.start(ok);
  const previous = {
    name: 'envoy.retry_host_predicates.previous_hosts',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
    },
  };
  const retryPolicy = {
    retryOn: '5xx',
    numRetries: 1,
    retryHostPredicate: [previous],
    hostSelectionRetryMaxAttempts: '20',
    retryBackOff: { baseInterval: '0.001s' },
  };
  const { client, backend, proxy, close } = await httpWorld(unavailable, { route: { retryPolicy } });
  proxy.setCluster(staticCluster('a', [backend.port, good.port]));
  for (let at = 0; at < 12; at++) {
    client.send(get());
    assert.match((await client.answer()).head, /^HTTP\/1\.1 200/);
  }
  assert.ok(backend.heads.length > 0);
  good.close();
  close();
});

test('a body longer than the buffer is sent once, and not again', async () => {
  const { client, backend, proxy, close } = await httpWorld(unavailable, {
    route: { retryPolicy: { retryOn: '5xx' } },
    bufferLimitBytes: 1000,
  });
  client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n');
  client.send('a'.repeat(5000));
  assert.match((await client.answer()).head, /^HTTP\/1\.1 503/);
  assert.equal(proxy.clusters.get('a')!.stats.counters.retry_or_shadow_abandoned, backend.heads.length === 1 ? 1 : 0);
  close();
});

test('nobody listens', async () => {
  const { client, proxy, close } = await httpWorld(ok);
  proxy.setCluster(staticCluster('a', [1]));
  client.send(get());
  const { head, body } = await client.answer();
  assert.match(head, /^HTTP\/1\.1 503/);
  assert.equal(
    body,
    'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
  );
  const details =
    'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}';
  assert.equal(proxy.outcome, `503 UF ${details}`);
  close();
});

test('no host, no cluster, no route', async () => {
  const { client, proxy, close } = await httpWorld(ok);
  proxy.setCluster(staticCluster('a', []));
  client.send(get());
  assert.equal((await client.answer()).body, 'no healthy upstream');
  assert.equal(proxy.outcome, '503 UH no_healthy_upstream');
  proxy.clusters.clear();
  client.send(get());
  assert.match((await client.answer()).head, /^HTTP\/1\.1 503/);
  assert.equal(proxy.outcome, '503 NC cluster_not_found');
  client.send('GET other HTTP/1.1\r\nhost: x\r\n\r\n');
  assert.match((await client.answer()).head, /^HTTP\/1\.1 400/);
  close();
});

test('an upstream that hangs up before its answer, and in the middle of it', async () => {
  let count = 0;
  const { client, proxy, close } = await httpWorld((_head, socket) => {
    count += 1;
    if (count === 1) socket.end();
    else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc');
  });
  client.send(get());
  const { body } = await client.answer();
  assert.equal(body, 'upstream connect error or disconnect/reset before headers. reset reason: connection termination');
  assert.equal(proxy.outcome, '503 UC upstream_reset_before_response_started{connection_termination}');
  client.send(get());
  await client.until(() => client.ended);
  assert.ok(client.text.endsWith('\r\n\r\nabc'));
  close();
});

test('time limits: of the route, of a try, of silence', async () => {
  const route = await httpWorld(silent, { route: { timeout: '0.05s' } });
  route.client.send(get());
  assert.equal((await route.client.answer()).body, 'upstream request timeout');
  assert.equal(route.proxy.outcome, '504 UT response_timeout');
  await route.client.until(() => route.backend.sockets.size === 0);
  route.close();

  const tries = await httpWorld(failing(1, silent), {
    route: { timeout: '3s', retryPolicy: { retryOn: '5xx', perTryTimeout: '0.05s' } },
  });
  tries.client.send(get());
  assert.equal((await tries.client.answer()).body, 'ok');
  assert.equal(tries.proxy.clusters.get('a')!.stats.counters.upstream_rq_per_try_timeout, 1);
  tries.close();

  const idle = await httpWorld(silent, { manager: { streamIdleTimeout: '0.05s' } });
  idle.client.send(get());
  assert.equal((await idle.client.answer()).body, 'stream timeout');
  assert.equal(idle.proxy.outcome, '504 SI stream_idle_timeout');
  idle.close();

  const head = await httpWorld(silent, { manager: { requestHeadersTimeout: '0.05s' } });
  head.client.send('GET / HTTP/1.1\r\nhost:');
  assert.equal((await head.client.answer()).body, 'request header timeout');
  await head.client.until(() => head.client.ended);
  head.close();

  const quiet = await httpWorld(ok, { manager: { commonHttpProtocolOptions: { idleTimeout: '0.05s' } } });
  quiet.client.send(get());
  await quiet.client.answer();
  await quiet.client.until(() => quiet.client.ended);
  assert.equal(quiet.proxy.stats.counters.downstream_cx_idle_timeout, 1);
  quiet.close();
});

test('the circuit breaker: one connection, one that waits, the third is refused', async () => {
  const thresholds = [{ maxConnections: 1, maxPendingRequests: 1 }];
  const { client, proxy, backend, close } = await httpWorld(
    (head, socket) => void setTimeout(() => ok(head, socket, () => ''), 80),
    { cluster: { circuitBreakers: { thresholds } } },
  );
  const second = await RawClient.open(proxy.port);
  const third = await RawClient.open(proxy.port);
  client.send(get('/1'));
  await client.until(() => backend.heads.length === 1);
  second.send(get('/2'));
  await client.until(() => proxy.clusters.get('a')!.resources.default.pending === 1);
  third.send(get('/3'));
  const refused = await third.answer();
  assert.match(refused.head, /^HTTP\/1\.1 503[^]*x-envoy-overloaded: true/);
  assert.equal(refused.body, 'upstream connect error or disconnect/reset before headers. reset reason: overflow');
  assert.equal((await client.answer()).body, 'ok');
  assert.equal((await second.answer()).body, 'ok');
  assert.equal(backend.sockets.size, 1);
  second.close();
  third.close();
  close();
});

test('hosts that leave: idle connections close, a request under way ends in peace', async () => {
  const { client, proxy, backend, close } = await httpWorld(
    (head, socket) => void setTimeout(() => ok(head, socket, () => ''), 50),
  );
  client.send(get());
  await client.until(() => backend.heads.length === 1);
  const cluster = proxy.clusters.get('a')!;
  cluster.setEndpoints({ cluster: 'a', localities: [], overprovisioningPercent: 140, drops: [] });
  assert.equal((await client.answer()).body, 'ok');
  await client.until(() => backend.sockets.size === 0);
  client.send(get());
  assert.equal((await client.answer()).body, 'no healthy upstream');
  close();
});

test('faults: after a delay, with a status', async () => {
  const fault = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
    delay: { fixedDelay: '0.06s', percentage: { numerator: 100 } },
    abort: { httpStatus: 418, percentage: { numerator: 100 } },
  };
  const routes = [
    { match: { prefix: '/' }, route: { cluster: 'a' }, typedPerFilterConfig: { 'envoy.filters.http.fault': fault } },
  ];
  const { client, proxy, close } = await httpWorld(ok, { virtualHosts: [{ name: 'v', domains: ['*'], routes }] });
  const begin = performance.now();
  client.send(get());
  const { head, body } = await client.answer();
  assert.ok(performance.now() - begin >= 60);
  assert.match(head, /^HTTP\/1\.1 418/);
  assert.equal(body, 'fault filter abort');
  assert.equal(proxy.outcome, '418 DI,FI fault_filter_abort');
  close();
});

test('a mirrored request: the same body, another host name, no say in the answer', async () => {
  const shadow = await RawBackend.start(unavailable);
  const { client, proxy, close } = await httpWorld(ok, { route: { requestMirrorPolicies: [{ cluster: 'b' }] } });
  proxy.setCluster(staticCluster('b', [shadow.port]));
  client.send('POST /p HTTP/1.1\r\nhost: x.test:80\r\ncontent-length: 5\r\n\r\nhello');
  assert.equal((await client.answer()).body, 'ok');
  await client.until(() => shadow.received.endsWith('hello'));
  assert.match(shadow.heads[0]!, /^POST \/p HTTP\/1\.1\r\nhost: x\.test-shadow:80\r\n/);
  shadow.close();
  close();
});
