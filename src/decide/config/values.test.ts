// What decoded values look like: defaults filled in, names lower-cased, patterns compiled, texts as on the wire.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, createRegistry, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { resourceOf, type XdsCase } from '../../../test/kit/xds-case.ts';
import { ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import { anySchemas } from './decode/any-types.ts';
import type { ClusterConfig } from './cluster.ts';
import { decodeCluster, decodeListener, decodeRouteConfiguration, type Decoded } from './decode-resource.ts';
import type { HttpConnectionManager } from './http-connection-manager.ts';
import type { ListenerConfig } from './listener.ts';
import type { ForwardAction } from './route-action.ts';
import type { Route } from './route.ts';

const options = { registry: createRegistry(...anySchemas) };

function valueOf<T>({ value, issues }: Decoded<T>): T {
  assert.deepEqual(issues, []);
  assert.ok(value !== undefined);
  return value;
}

const json = (part: XdsCase['in'], value: JsonValue): JsonObject =>
  resourceOf({ name: '', in: part, value, at: '', code: '' }).json;

function route(part: XdsCase['in'], value: JsonValue): Route {
  const config = valueOf(decodeRouteConfiguration(fromJson(RouteConfigurationSchema, json(part, value), options)));
  return config.virtualHosts[0]!.routes[0]!;
}

function forward(value: JsonValue): ForwardAction {
  const { action } = route('action', value);
  assert.ok(action.kind === 'forward');
  return action;
}

function listener(part: XdsCase['in'], value: JsonValue): ListenerConfig {
  return valueOf(decodeListener(fromJson(ListenerSchema, json(part, value), options)));
}

function manager(value: JsonValue): HttpConnectionManager {
  const { filter } = listener('manager', value).filterChains[0]!;
  assert.ok(filter.kind === 'http-connection-manager');
  return filter.config;
}

function cluster(part: XdsCase['in'], value: JsonValue): ClusterConfig {
  return valueOf(decodeCluster(fromJson(ClusterSchema, json(part, value), options)));
}

test("a forward's defaults", () => {
  assert.deepEqual(forward({ cluster: 'a' }), {
    kind: 'forward',
    target: { kind: 'cluster', cluster: 'a' },
    clusterNotFoundStatus: 503,
    pathRewrite: undefined,
    hostRewrite: undefined,
    appendXForwardedHost: false,
    timeoutMs: 15_000,
    idleTimeoutMs: undefined,
    maxStreamDuration: undefined,
    maxGrpcTimeoutMs: undefined,
    grpcTimeoutOffsetMs: undefined,
    retryPolicy: undefined,
    mirrors: [],
    hashPolicies: [],
    priority: 'default',
    upgrades: new Map(),
    metadataMatch: undefined,
  });
});

test('timeouts of zero are not timeouts that are not set', () => {
  const { timeoutMs, idleTimeoutMs, maxGrpcTimeoutMs } = forward({
    cluster: 'a',
    timeout: '0s',
    idle_timeout: '0s',
    max_grpc_timeout: '1.5s',
  });
  assert.deepEqual([timeoutMs, idleTimeoutMs, maxGrpcTimeoutMs], [0, 0, 1500]);
});

test('retries', () => {
  const { retryPolicy } = forward({
    cluster: 'a',
    retry_policy: { retry_on: '5xx, nonsense,cancelled', num_retries: 3, retry_back_off: { base_interval: '0.5s' } },
  });
  assert.deepEqual([...(retryPolicy?.retryOn ?? [])], ['5xx', 'cancelled']);
  assert.deepEqual(retryPolicy?.backOff, { baseMs: 500, maxMs: 5000 });
  const plain = forward({ cluster: 'a', retry_policy: {} }).retryPolicy;
  assert.deepEqual(
    [plain?.numRetries, plain?.backOff, plain?.hostSelectionMaxAttempts],
    [1, { baseMs: 25, maxMs: 250 }, 1],
  );
});

test('weighted clusters', () => {
  const { target } = forward({
    cluster: undefined as never,
    weighted_clusters: {
      clusters: [
        { name: 'a', weight: 30 },
        { cluster_header: 'X-To', weight: 70 },
      ],
    },
  });
  assert.ok(target.kind === 'weighted-clusters');
  assert.equal(target.totalWeight, 100);
  assert.deepEqual(target.clusters[1]?.target, { kind: 'cluster-header', header: 'x-to' });
});

test('rewrites', () => {
  const { pathRewrite, hostRewrite } = forward({
    cluster: 'a',
    regex_rewrite: { pattern: { regex: '^/v(\\d)/' }, substitution: '/\\1-' },
    host_rewrite_literal: 'b.example',
  });
  assert.ok(pathRewrite?.kind === 'regex');
  assert.equal(pathRewrite.regex.replaceAll('/v2/x', pathRewrite.substitution), '/2-x');
  assert.deepEqual(hostRewrite, { kind: 'literal', value: 'b.example' });
  assert.equal(forward({ cluster: 'a', auto_host_rewrite: false }).hostRewrite, undefined);
});

test('matchers', () => {
  const { match } = route('match', {
    path: '/É',
    case_sensitive: false,
    headers: [
      { name: 'X-A', string_match: { exact: 'ABC', ignore_case: true }, invert_match: true },
      { name: ':method', exact_match: 'GET' },
      { name: 'n', range_match: { start: '-3', end: '7' } },
      { name: 'there' },
      { name: 'r', string_match: { safe_regex: { regex: 'a.c' } } },
    ],
    query_parameters: [{ name: 'q', present_match: false }],
    grpc: {},
  });
  assert.deepEqual(
    [match.path, match.caseSensitive, match.grpc],
    [{ kind: 'exact', value: '/\u00c3\u0089' }, false, true],
  );
  const [first, method, range, there, regex] = match.headers;
  assert.deepEqual(first, {
    name: 'x-a',
    match: { kind: 'exact', value: 'abc', ignoreCase: true },
    invert: true,
    treatMissingAsEmpty: false,
  });
  assert.deepEqual(method?.match, { kind: 'exact', value: 'GET', ignoreCase: false });
  assert.deepEqual(range?.match, { kind: 'range', start: -3, end: 7 });
  assert.deepEqual(there?.match, { kind: 'present', present: true });
  assert.ok(regex?.match.kind === 'regex');
  const compiled = regex.match.regex;
  const results = ['abc', 'abcd', 'a\u00c3\u00a9c'].map((text) => compiled.matches(text));
  assert.deepEqual(results, [true, false, true]);
  assert.deepEqual(match.queryParameters, [{ name: 'q', match: { kind: 'present', present: false } }]);
});

test('header operations and their formats', () => {
  const { requestHeaders } = route('route', {
    match: { prefix: '/' },
    direct_response: { status: 200, body: { inline_string: 'é' } },
    request_headers_to_add: [
      {
        header: { key: 'X-A', value: '100%% of %REQ(X-B?:PATH):10% at %START_TIME(%s)%' },
        append_action: 'ADD_IF_ABSENT',
      },
      { header: { key: 'x-c', value: 'é' }, append: false },
    ],
    request_headers_to_remove: ['X-D'],
  });
  assert.deepEqual(requestHeaders.add[0], {
    name: 'x-a',
    value: {
      source: '100%% of %REQ(X-B?:PATH):10% at %START_TIME(%s)%',
      parts: [
        { kind: 'text', text: '100% of ' },
        { kind: 'header', of: 'request', name: 'x-b', alternative: ':path', maxLength: 10 },
        { kind: 'text', text: ' at ' },
        { kind: 'command', name: 'START_TIME', argument: '%s', maxLength: undefined },
      ],
      constant: undefined,
    },
    action: 'add-if-absent',
    keepEmptyValue: false,
  });
  assert.deepEqual(
    [requestHeaders.add[1]?.action, requestHeaders.add[1]?.value.constant, requestHeaders.remove],
    ['overwrite-if-exists-or-add', '\u00c3\u00a9', ['x-d']],
  );
});

test("a connection manager's defaults", () => {
  const { timeouts, path, trust, serverName, maxRequestHeadersKb, maxHeadersCount, filters } = manager({});
  assert.deepEqual(timeouts, {
    connectionIdleMs: 3_600_000,
    maxConnectionDurationMs: 0,
    maxStreamDurationMs: 0,
    streamIdleMs: 300_000,
    requestMs: 0,
    requestHeadersMs: 0,
    drainMs: 5000,
    delayedCloseMs: 1000,
  });
  assert.deepEqual([path.normalize, path.escapedSlashes, path.stripPort], [false, 'keep', 'no']);
  assert.deepEqual([trust.useRemoteAddress, trust.forwardClientCert, trust.internalRanges], [false, 'sanitize', []]);
  assert.deepEqual([serverName, maxRequestHeadersKb, maxHeadersCount], ['envoy', 60, 100]);
  assert.deepEqual(
    filters.map(({ kind }) => kind),
    ['router'],
  );
});

test('access logs', () => {
  const { filter } = listener('log', {
    path: '/dev/stdout',
    log_format: { json_format: { b: '%RESPONSE_CODE%', a: { x: 1, y: null } } },
  }).filterChains[0]!;
  assert.ok(filter.kind === 'http-connection-manager');
  const format = filter.config.accessLogs[0]?.format;
  assert.ok(format?.kind === 'json');
  assert.deepEqual(
    format.root.fields.map(([name]) => name),
    ['a', 'b'],
  );
  const [, nested] = format.root.fields[0]!;
  assert.deepEqual(nested, {
    kind: 'object',
    fields: [
      ['x', { kind: 'literal', value: 1 }],
      ['y', { kind: 'literal', value: null }],
    ],
  });
});

test('a log with a command that is not supported is taken, with a warning', () => {
  const value = json('log', { path: '/dev/stdout', log_format: { text_format_source: { inline_string: '%CEL(a)%' } } });
  const decoded = decodeListener(fromJson(ListenerSchema, value, options));
  assert.ok(decoded.value !== undefined);
  assert.deepEqual(
    decoded.issues.map(({ severity, code }) => [severity, code]),
    [['warning', 'not-yet']],
  );
});

test('ranges lose the bits beyond their prefix', () => {
  const { match } = listener('chainMatch', {
    prefix_ranges: [
      { address_prefix: '10.1.2.3', prefix_len: 12 },
      { address_prefix: '2001:db8::10.0.0.1', prefix_len: 128 },
    ],
  }).filterChains[0]!;
  assert.deepEqual(match.prefixRanges[0], { address: '10.1.2.3', prefixLength: 12, bytes: [10, 0, 0, 0] });
  assert.deepEqual(match.prefixRanges[1]?.bytes, [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1]);
});

test("a cluster's defaults", () => {
  const { circuitBreakers, connectTimeoutMs, http, loadBalancer, commonLb, statName, tls } = cluster('cluster', {});
  assert.deepEqual(
    [connectTimeoutMs, loadBalancer, statName, tls],
    [5000, { kind: 'round-robin', slowStart: undefined }, 'a', undefined],
  );
  assert.deepEqual(circuitBreakers.default, {
    maxConnections: 1024,
    maxPendingRequests: 1024,
    maxRequests: 1024,
    maxRetries: 3,
    maxConnectionPools: Number.POSITIVE_INFINITY,
    retryBudget: undefined,
    trackRemaining: false,
  });
  assert.deepEqual([http.protocol, http.idleTimeoutMs, commonLb.healthyPanicPercent], ['http1', 3_600_000, 50]);
});

test('what was decoded cannot be changed', () => {
  const value = forward({ cluster: 'a', retry_policy: { retriable_status_codes: [503] } });
  const codes = (value.retryPolicy?.retriableStatusCodes ?? []) as number[];
  assert.throws(() => Object.assign(value, { timeoutMs: 1 }), TypeError);
  assert.throws(() => codes.push(1), TypeError);
});

test('bytes that are no message are one issue', () => {
  const { value, issues } = decodeCluster(Uint8Array.of(0x0a, 0xff, 0xff));
  assert.equal(value, undefined);
  assert.deepEqual(
    issues.map(({ code, path }) => [code, path]),
    [['syntax', '']],
  );
});

test('fields that are unknown to the messages are left aside, as Envoy does', () => {
  const message = create(ClusterSchema, { name: 'a' });
  message.$unknown = [{ no: 9999, wireType: 0, data: Uint8Array.of(1) }];
  assert.deepEqual(decodeCluster(message).issues, []);
});
