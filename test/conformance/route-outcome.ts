// What our evaluator says that a request comes to, put into the same form as what a live Envoy made of it.
import type { RouteConfig } from '../../src/decide/config/route.ts';
import type { ForwardAction } from '../../src/decide/config/route-action.ts';
import type { RouterConfig } from '../../src/decide/config/router.ts';
import type { FormatContext } from '../../src/decide/format/format-context.ts';
import { HeaderMap } from '../../src/decide/header-map.ts';
import type { MutableRequest } from '../../src/decide/request-view.ts';
import { startRetries } from '../../src/decide/retry.ts';
import { chooseCluster } from '../../src/decide/route/choose-cluster.ts';
import { type ChosenRoute, RouteChooser } from '../../src/decide/route/choose-route.ts';
import { finalizeRequest, finalizeResponse } from '../../src/decide/route/finalize-request.ts';
import { redirectLocation, tlsRedirectLocation } from '../../src/decide/route/redirect.ts';
import { replaceHost } from '../../src/decide/route/rewrite-host.ts';
import { requestTimeouts, setExpectedTimeout } from '../../src/decide/route/timeouts.ts';
import { localReply } from '../../src/decide/local-reply.ts';
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
    if (choice.kind === 'none') return reply(request, 404);
    if (choice.kind === 'tls-redirect') {
      return reply(request, 301, '', (headers) => headers.set('location', tlsRedirectLocation(request)));
    }
    const { chosen } = choice;
    const { action } = chosen.route;
    switch (action.kind) {
      case 'redirect': {
        const location = redirectLocation(action, chosen.route.match, request, true);
        return reply(request, action.status, '', (headers) => {
          headers.set('location', location);
          finalizeResponse(chosen, undefined, headers, context(chosen, request, headers));
        });
      }
      case 'direct-response': {
        const body = Buffer.from(action.body ?? []).toString('latin1');
        return reply(request, action.status, body, (headers) =>
          finalizeResponse(chosen, undefined, headers, context(chosen, request, headers)),
        );
      }
      case 'forward':
        return this.#forward(chosen, action, request);
      case 'non-forwarding':
        return reply(request, 500);
    }
  }

  #forward(chosen: ChosenRoute, action: ForwardAction, request: MutableRequest): Outcome {
    const cluster = chooseCluster(action, request, 0);
    const hostname = this.#upstreams.hostnames.get(cluster.cluster);
    if (hostname === undefined) {
      return reply(request, 503, '', (headers) =>
        finalizeResponse(chosen, cluster, headers, context(chosen, request, headers)),
      );
    }
    const policy = action.retryPolicy ?? chosen.virtualHost.retryPolicy;
    const timeouts = requestTimeouts(action, policy, request, router);
    setExpectedTimeout(action, request, timeouts, { elapsedMs: 0, suppressEnvoyHeaders: false });
    if (chosen.virtualHost.includeRequestAttemptCount) request.headers.set('x-envoy-attempt-count', '1');
    finalizeRequest({ chosen, action, cluster }, request, context(chosen, request, undefined), true);
    startRetries(policy, request);
    if (action.hostRewrite?.kind === 'auto') {
      replaceHost(request, hostname, { appendForwardedHost: action.appendXForwardedHost, keepOriginal: true });
    }
    const response = HeaderMap.of({ 'x-from': 'upstream' });
    finalizeResponse(chosen, cluster, response, context(chosen, request, response, cluster.cluster));
    const headers = request.headers.clone();
    headers.set('host', request.authority);
    const seen = [`${request.method} ${request.path} HTTP/1.1`, ...comparable(headers)];
    return { status: 200, headers: comparable(response), seen };
  }
}

/** What the proxy says itself; header operations on it come after its form. */
function reply(request: MutableRequest, status: number, body = '', change?: (headers: HeaderMap) => void): Outcome {
  const answer = localReply(request, status, body);
  change?.(answer.headers);
  return { status: answer.status, headers: comparable(answer.headers), seen: undefined };
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
