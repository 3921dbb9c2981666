// Tells for each route of a virtual host, in order, why it was not the one, up to the one that was.
import type { Route, VirtualHost } from '../config/route.ts';
import type { RouteMatch } from '../config/route-match.ts';
import { matchesRequestHeader } from '../match/match-header.ts';
import { matchesQueryParameters } from '../match/query-parameters.ts';
import { requestHeader } from '../request-view.ts';
import type { TraceSink } from '../trace.ts';
import { resourceOf } from '../trace-resource.ts';
import { type MatchInput, matchesPath, matchesRoute } from './match.ts';

export function traceRoutes(host: VirtualHost, input: MatchInput, trace: TraceSink): void {
  for (const [position, route] of host.routes.entries()) {
    const chosen = matchesRoute(route.match, input);
    const resource = resourceOf(route.metadata);
    trace({
      decision: 'route',
      subject: subject(route, position),
      chosen,
      reason: chosen ? 'all its conditions hold' : difference(route.match, input),
      ...(resource !== undefined && { resource }),
    });
    if (chosen) return;
  }
}

function subject({ name }: Route, position: number): string {
  return name === '' ? `route ${position}` : `route ${position} (${name})`;
}

/** The first condition that does not hold. */
function difference(match: RouteMatch, input: MatchInput): string {
  if (!matchesPath(match, input)) return `path ${input.path} does not match ${pathText(match)}`;
  for (const header of match.headers) {
    const value = requestHeader(input.request, header.name);
    if (!matchesRequestHeader(header, input.request))
      return `header ${header.name} is ${value === undefined ? 'missing' : value}`;
  }
  for (const parameter of match.queryParameters) {
    if (!matchesQueryParameters([parameter], input.request.path)) {
      return `query parameter ${parameter.name} does not match`;
    }
  }
  if (match.grpc) return 'content type is not that of gRPC';
  if (match.fraction !== undefined) return 'not in the share of requests that it takes';
  return 'the client certificate does not match';
}

function pathText({ path, caseSensitive }: RouteMatch): string {
  if (path.kind === 'connect') return 'CONNECT';
  if (path.kind === 'regex') return `regex ${path.pattern}`;
  return `${path.kind} ${path.value}${caseSensitive ? '' : ' (in any case)'}`;
}
