// Which route serves a request: virtual host by host, then its first route that matches.
import type { Route, RouteConfig, VirtualHost } from '../config/route.ts';
import type { RequestView } from '../request-view.ts';
import type { StreamInfo } from '../stream-info.ts';
import type { TraceSink } from '../trace.ts';
import type { MatchInput } from './match.ts';
import { matchedPath } from './path-text.ts';
import { RouteIndex } from './route-index.ts';
import { traceRoutes } from './trace-routes.ts';
import { VirtualHostTable } from './virtual-host.ts';

/** A route with what surrounds it. */
export interface ChosenRoute {
  readonly config: RouteConfig;
  readonly virtualHost: VirtualHost;
  readonly route: Route;
}

export type RouteChoice =
  | { readonly kind: 'route'; readonly chosen: ChosenRoute }
  /** The virtual host wants TLS: redirect with 301 to the same URL with https. */
  | { readonly kind: 'tls-redirect'; readonly virtualHost: VirtualHost }
  /** 404; no virtual host, or none of its routes. */
  | { readonly kind: 'none'; readonly virtualHost: VirtualHost | undefined };

interface IndexedHost {
  readonly virtualHost: VirtualHost;
  readonly index: RouteIndex;
  /** Made beforehand, so that a choice allocates nothing. */
  readonly choices: readonly RouteChoice[];
  readonly none: RouteChoice;
  readonly tlsRedirect: RouteChoice;
}

const noHost: RouteChoice = { kind: 'none', virtualHost: undefined };

/** A RouteConfiguration made ready for requests: build one per configuration and keep it. */
export class RouteChooser {
  readonly config: RouteConfig;
  readonly #hosts: VirtualHostTable<IndexedHost>;

  constructor(config: RouteConfig) {
    this.config = config;
    this.#hosts = new VirtualHostTable(config, (virtualHost) => indexHost(config, virtualHost));
  }

  /** `randomValue` is the stream's (`streamRandom`); `stream` tells of the client's certificate. */
  choose(
    request: RequestView,
    stream: Pick<StreamInfo, 'downstreamTls'>,
    randomValue: number,
    trace?: TraceSink,
  ): RouteChoice {
    const host = this.#hosts.find(request.authority);
    trace?.({
      decision: 'virtual-host',
      subject: host?.virtualHost.name ?? '',
      chosen: host !== undefined,
      reason: `host ${request.authority}`,
    });
    if (host === undefined) return noHost;
    if (needsTls(host.virtualHost, request)) return host.tlsRedirect;
    const input: MatchInput = {
      request,
      path: matchedPath(request.path, this.config.ignorePathParametersInPathMatching),
      tls: stream.downstreamTls,
      randomValue,
    };
    if (trace !== undefined) traceRoutes(host.virtualHost, input, trace);
    const position = host.index.find(input);
    return position < 0 ? host.none : host.choices[position]!;
  }
}

function indexHost(config: RouteConfig, virtualHost: VirtualHost): IndexedHost {
  return {
    virtualHost,
    index: new RouteIndex(virtualHost.routes),
    choices: virtualHost.routes.map((route) => ({ kind: 'route', chosen: { config, virtualHost, route } })),
    none: { kind: 'none', virtualHost },
    tlsRedirect: { kind: 'tls-redirect', virtualHost },
  };
}

/** By the scheme that the client used as far as it is known here. */
function needsTls({ requireTls }: VirtualHost, { headers, scheme }: RequestView): boolean {
  if (requireTls === 'none' || (headers.get('x-forwarded-proto') ?? scheme) === 'https') return false;
  return requireTls === 'all' || headers.get('x-envoy-internal') !== 'true';
}
