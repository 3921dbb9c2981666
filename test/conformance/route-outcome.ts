// What our evaluator says that a request comes to, put into the same form as what a live Envoy made of it.
import type { RouteConfig } from '../../src/decide/config/route.ts';
import type { ForwardAction } from '../../src/decide/config/route-action.ts';
import type { RouterConfig } from '../../src/decide/config/router.ts';
import type { FormatContext } from '../../src/decide/format/format-context.ts';
import { HeaderMap } from '../../src/decide/header-map.ts';
import type { MutableRequest } from '../../src/decide/request-view.ts';
import { startRetries } from '../../src/decide/retry.ts';
import { addCorsHeaders, decideCors } from '../../src/decide/cors.ts';
import { decideFault } from '../../src/decide/fault.ts';
import { type ClusterChoice, chooseCluster } from '../../src/decide/route/choose-cluster.ts';
import { type ChosenRoute, RouteChooser } from '../../src/decide/route/choose-route.ts';
import { corsPolicies, filterConfig } from '../../src/decide/route/filter-config.ts';
import { finalizeRequest, finalizeResponse } from '../../src/decide/route/finalize-request.ts';
import { directResponseLocation, redirectLocation, tlsRedirectLocation } from '../../src/decide/route/redirect.ts';
import { replaceHost } from '../../src/decide/route/rewrite-host.ts';
import { requestTimeouts, setExpectedTimeout } from '../../src/decide/route/timeouts.ts';
import { completeReply } from '../../src/decide/local-reply.ts';
import { joinSingleHeaders, singleInRequests } from '../../src/decide/single-headers.ts';
import type { RandomRequest } from '../kit/random-routes.ts';

export interface Outcome {
  readonly status: number;
  /** `name: value`, sorted, without those that say nothing about the route. */
  readonly headers: readonly string[];
  /** What the upstream saw: request line, then headers as above; undefined if nothing went there. */
  readonly seen: readonly string[] | undefined;
}

export interface Upstreams {
  /** Names of clusters, with the host name of their endpoint. */
  readonly hostnames: ReadonlyMap<string, string>;
}

const router: RouterConfig = {
  suppressEnvoyHeaders: false,
  respectExpectedRqTimeout: false,
  strictCheckHeaders: [],
  dynamicStats: true,
};

export class RouteEvaluator {
  readonly #chooser: RouteChooser;
  readonly #upstreams: Upstreams;

  constructor(config: RouteConfig, upstreams: Upstreams) {
    this.#chooser = new RouteChooser(config);
    this.#upstreams = upstreams;
  }

  outcome(sent: RandomRequest): Outcome {
    const request = conditioned(sent);
    const choice = this.#chooser.choose(request, {}, 0);
    if (choice.kind === 'none') return reply(request, { status: 404 });
    if (choice.kind === 'tls-redirect') {
      return reply(request, { status: 301 }, (headers) => headers.set('location', tlsRedirectLocation(request)));
    }
    const { chosen } = choice;
    const { action } = chosen.route;
    if (action.kind === 'forward') return this.#forward(chosen, action, request);
    const aborted = abort(chosen, undefined, request);
    if (aborted !== undefined) return aborted(() => undefined);
    return answer(chosen, request);
  }

  #forward(chosen: ChosenRoute, action: ForwardAction, request: MutableRequest): Outcome {
    const cluster = chooseCluster(action, request, 0);
    const policies = corsPolicies('envoy.filters.http.cors', chosen, cluster);
    const cors = decideCors(policies, request, 0);
    const finish = (headers: HeaderMap): void => addCorsHeaders(policies, cors, headers);
    if (cors.kind === 'preflight') return { status: 200, headers: comparable(cors.headers), seen: undefined };
    const hostname = this.#upstreams.hostnames.get(cluster.cluster);
    const name = hostname === undefined ? undefined : cluster.cluster;
    const respond = (headers: HeaderMap): void => {
      finalizeResponse(chosen, cluster, headers, context(chosen, request, headers, name));
      finish(headers);
    };
    const aborted = abort(chosen, cluster, request);
    if (aborted !== undefined) return aborted(respond);
    if (hostname === undefined) return reply(request, { status: 503 }, respond);
    const seen = send(chosen, { action, cluster, hostname }, request);
    const headers = HeaderMap.of({ 'x-from': 'upstream' });
    respond(headers);
    return { status: 200, headers: comparable(headers), seen };
  }
}

/** Redirects and direct responses. */
function answer(chosen: ChosenRoute, request: MutableRequest): Outcome {
  const { action, match } = chosen.route;
  const finish = (headers: HeaderMap): void =>
    finalizeResponse(chosen, undefined, headers, context(chosen, request, headers));
  if (action.kind === 'redirect') {
    const location = redirectLocation(action, match, request, true);
    return reply(request, { status: action.status }, (headers) => {
      headers.set('location', location);
      finish(headers);
    });
  }
  if (action.kind !== 'direct-response') return reply(request, { status: 500 });
  const body = Buffer.from(action.body ?? []).toString('latin1');
  const location = directResponseLocation(action.status, request);
  return reply(request, { status: action.status, body }, (headers) => {
    if (location !== undefined) headers.set('location', location);
    finish(headers);
  });
}

/** The fault filter's answer, to be completed by what later filters add. */
function abort(
  chosen: ChosenRoute,
  cluster: ClusterChoice | undefined,
  request: MutableRequest,
): ((finish: (headers: HeaderMap) => void) => Outcome) | undefined {
  const config = filterConfig('envoy.filters.http.fault', chosen, cluster);
  if (config?.kind !== 'fault') return undefined;
  const inputs = { upstreamCluster: cluster?.cluster ?? '', activeFaults: 0, random: () => 0 };
  const { abort: decided } = decideFault(config.config, request, inputs);
  if (decided === undefined) return undefined;
  return (finish) => reply(request, { ...decided, body: 'fault filter abort' }, finish);
}

/** What the upstream gets to see. */
function send(
  chosen: ChosenRoute,
  { action, cluster, hostname }: { action: ForwardAction; cluster: ClusterChoice; hostname: string },
  request: MutableRequest,
): string[] {
  const policy = action.retryPolicy ?? chosen.virtualHost.retryPolicy;
  const timeouts = requestTimeouts(action, policy, request, router);
  setExpectedTimeout(action, request, timeouts, { elapsedMs: 0, suppressEnvoyHeaders: false });
  if (chosen.virtualHost.includeRequestAttemptCount) request.headers.set('x-envoy-attempt-count', '1');
  finalizeRequest({ chosen, action, cluster }, request, context(chosen, request, undefined), true);
  startRetries(policy, request);
  if (action.hostRewrite?.kind === 'auto') {
    replaceHost(request, hostname, { appendForwardedHost: action.appendXForwardedHost, keepOriginal: true });
  }
  const headers = request.headers.clone();
  headers.set('host', request.authority);
  return [`${request.method} ${request.path} HTTP/1.1`, ...comparable(headers)];
}

interface OwnAnswer {
  readonly status: number;
  readonly body?: string;
  readonly grpcStatus?: number | undefined;
}

/** What the proxy says itself. */
function reply(request: MutableRequest, answer: OwnAnswer, change?: (headers: HeaderMap) => void): Outcome {
  const headers = new HeaderMap();
  change?.(headers);
  const { status } = completeReply(request, { ...answer, headers, body: Buffer.from(answer.body ?? '', 'latin1') });
  return { status, headers: comparable(headers), seen: undefined };
}

function context(
  chosen: ChosenRoute,
  request: MutableRequest,
  responseHeaders: HeaderMap | undefined,
  upstreamCluster?: string,
): FormatContext {
  const stream = {
    downstreamRemoteAddress: undefined,
    protocol: 'HTTP/1.1',
    routeName: chosen.route.name,
    upstreamCluster,
  };
  return { request, responseHeaders, responseTrailers: undefined, stream };
}

/** As the connection manager hands it to the router, with the settings of this test. */
function conditioned({ method, path, host, headers }: RandomRequest): MutableRequest {
  const map = HeaderMap.of({ 'x-forwarded-for': '10.0.0.1', 'x-envoy-internal': 'true' });
  for (const [name, value] of headers) map.add(name.toLowerCase(), value.trim());
  joinSingleHeaders(map, singleInRequests);
  if (!map.has('x-forwarded-proto')) map.set('x-forwarded-proto', 'http');
  const scheme = map.get('x-forwarded-proto') === 'https' ? 'https' : 'http';
  return { method, path, authority: host, scheme, headers: map };
}

const incomparable: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'server',
  'transfer-encoding',
  'x-envoy-upstream-service-time',
  'x-saw',
]);

export function comparable(headers: HeaderMap): string[] {
  return headers.names
    .map((name, at) => `${name}: ${headers.values[at]}`)
    .filter((_, at) => !incomparable.has(headers.names[at]!))
    .sort();
}
