// Makes requests and configurations for unit tests of decisions, everything at its default.
import { matchesAll } from '../../src/decide/config/decode/chain-match.ts';
import type { FilterChainMatch } from '../../src/decide/config/listener.ts';
import type { RetryCondition, RetryPolicy } from '../../src/decide/config/retry-policy.ts';
import type { Route, RouteConfig, VirtualHost } from '../../src/decide/config/route.ts';
import type { ForwardAction } from '../../src/decide/config/route-action.ts';
import type { RouteMatch } from '../../src/decide/config/route-match.ts';
import type { StringMatch } from '../../src/decide/config/string-match.ts';
import { HeaderMap } from '../../src/decide/header-map.ts';
import type { MutableRequest } from '../../src/decide/request-view.ts';
import { noPolicy } from '../../src/decide/retry.ts';

const noHeaders = { add: [], remove: [] };

export function request(
  path = '/',
  headers: Readonly<Record<string, string>> = {},
  rest: Partial<Omit<MutableRequest, 'headers' | 'path'>> = {},
): MutableRequest {
  return { method: 'GET', authority: 'shop', scheme: 'http', ...rest, path, headers: HeaderMap.of(headers) };
}

export function text(kind: Exclude<StringMatch['kind'], 'regex'>, value: string, ignoreCase = false): StringMatch {
  return { kind, value, ignoreCase };
}

export function routeMatch(match: Partial<RouteMatch> = {}): RouteMatch {
  return {
    path: { kind: 'prefix', value: '/' },
    caseSensitive: true,
    headers: [],
    queryParameters: [],
    grpc: false,
    fraction: undefined,
    tls: undefined,
    ...match,
  };
}

export function route(name: string, rest: Partial<Route> = {}): Route {
  return {
    name,
    match: routeMatch(),
    action: { kind: 'non-forwarding' },
    requestHeaders: noHeaders,
    responseHeaders: noHeaders,
    perFilter: new Map(),
    perRequestBufferLimitBytes: undefined,
    decorator: undefined,
    statPrefix: '',
    metadata: {},
    ...rest,
  };
}

export function virtualHost(name: string, rest: Partial<VirtualHost> = {}): VirtualHost {
  return {
    name,
    domains: [name],
    routes: [],
    requireTls: 'none',
    requestHeaders: noHeaders,
    responseHeaders: noHeaders,
    includeRequestAttemptCount: false,
    includeAttemptCountInResponse: false,
    includeIsTimeoutRetryHeader: false,
    retryPolicy: undefined,
    mirrors: [],
    perRequestBufferLimitBytes: undefined,
    perFilter: new Map(),
    metadata: {},
    ...rest,
  };
}

export function routeConfig(virtualHosts: readonly VirtualHost[], rest: Partial<RouteConfig> = {}): RouteConfig {
  return {
    name: 'routes',
    virtualHosts,
    requestHeaders: noHeaders,
    responseHeaders: noHeaders,
    internalOnlyHeaders: [],
    mostSpecificHeaderMutationsWins: false,
    ignorePortInHostMatching: false,
    ignorePathParametersInPathMatching: false,
    mirrors: [],
    perFilter: new Map(),
    metadata: {},
    ...rest,
  };
}

export function forwardAction(rest: Partial<ForwardAction> = {}): ForwardAction {
  return {
    kind: 'forward',
    target: { kind: 'cluster', cluster: 'reviews' },
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
    ...rest,
  };
}

export function retryPolicy(retryOn: readonly RetryCondition[], rest: Partial<RetryPolicy> = {}): RetryPolicy {
  return { ...noPolicy, retryOn: new Set(retryOn), numRetries: 2, ...rest };
}

export function chainMatch(rest: Partial<FilterChainMatch> = {}): FilterChainMatch {
  return { ...matchesAll, ...rest };
}
