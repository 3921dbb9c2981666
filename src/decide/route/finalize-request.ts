// Makes a request what goes on to the upstream: header operations, then host, then path.
import type { HeaderOperations } from '../config/header-operations.ts';
import type { ForwardAction } from '../config/route-action.ts';
import type { FormatContext } from '../format/format-context.ts';
import { changeRequestHeaders, changeResponseHeaders } from '../header-operations.ts';
import type { HeaderMap } from '../header-map.ts';
import type { MutableRequest } from '../request-view.ts';
import type { ChosenRoute } from './choose-route.ts';
import type { ClusterChoice } from './choose-cluster.ts';
import { rewriteHost } from './rewrite-host.ts';
import { rewritePath } from './rewrite-path.ts';

/**
 * `context.request` should be the request itself. `keepOriginal`: the old path and host are kept in `x-envoy-original-*`,
 * unless the router suppresses Envoy's headers.
 */
export function finalizeRequest(
  { chosen, action, cluster }: { chosen: ChosenRoute; action: ForwardAction; cluster: ClusterChoice },
  request: MutableRequest,
  context: FormatContext,
  keepOriginal: boolean,
): void {
  const { weighted } = cluster;
  if (weighted !== undefined) {
    changeRequestHeaders(weighted.requestHeaders, request.headers, context);
    if (weighted.hostRewriteLiteral) request.authority = weighted.hostRewriteLiteral;
  }
  applyInOrder(chosen, 'requestHeaders', request.headers, context);
  rewriteHost(action.hostRewrite, request, { appendForwardedHost: action.appendXForwardedHost, keepOriginal });
  rewritePath(action.pathRewrite, chosen.route.match, request, keepOriginal);
}

/** For any route, with `cluster` where one was chosen; redirects and direct responses have header operations too. */
export function finalizeResponse(
  chosen: ChosenRoute,
  cluster: ClusterChoice | undefined,
  headers: HeaderMap,
  context: FormatContext,
): void {
  if (cluster?.weighted !== undefined) changeResponseHeaders(cluster.weighted.responseHeaders, headers, context);
  applyInOrder(chosen, 'responseHeaders', headers, context);
}

/** The later one wins: the route configuration's, unless it says that the most specific does. */
function applyInOrder(
  { config, virtualHost, route }: ChosenRoute,
  which: 'requestHeaders' | 'responseHeaders',
  headers: HeaderMap,
  context: FormatContext,
): void {
  const change = which === 'requestHeaders' ? changeRequestHeaders : changeResponseHeaders;
  const specificLast = config.mostSpecificHeaderMutationsWins;
  const first: HeaderOperations = specificLast ? config[which] : route[which];
  const last: HeaderOperations = specificLast ? route[which] : config[which];
  change(first, headers, context);
  change(virtualHost[which], headers, context);
  change(last, headers, context);
}
