// Whether a request is one that a route is for: path, headers, query, content type, share, client certificate.
import type { RouteMatch } from '../config/route-match.ts';
import { asciiLower } from '../match/ascii.ts';
import { holdsFor } from '../match/fraction.ts';
import { matchesRequestHeaders } from '../match/match-header.ts';
import { matchesQueryParameters } from '../match/query-parameters.ts';
import type { RequestView } from '../request-view.ts';
import type { DownstreamTlsInfo } from '../stream-info.ts';

/** What matchers need besides the request. `path` is the one of `matchedPath`. */
export interface MatchInput {
  readonly request: RequestView;
  readonly path: string;
  readonly tls: DownstreamTlsInfo | undefined;
  readonly randomValue: number;
}

export function matchesRoute(match: RouteMatch, input: MatchInput): boolean {
  return matchesPath(match, input) && matchesRest(match, input);
}

/** Requests without a path (CONNECT) are for `connect` matchers alone. */
export function matchesPath({ path: match, caseSensitive }: RouteMatch, { request, path }: MatchInput): boolean {
  if (match.kind === 'connect') return request.method === 'CONNECT';
  if (path === '' && request.method === 'CONNECT') return false;
  if (match.kind === 'regex') return match.regex.matches(path);
  const subject = caseSensitive ? path : asciiLower(path);
  const value = caseSensitive ? match.value : asciiLower(match.value);
  switch (match.kind) {
    case 'exact':
      return subject === value;
    case 'prefix':
      return subject.startsWith(value);
    case 'path-separated-prefix':
      return subject.startsWith(value) && (subject.length === value.length || subject.charCodeAt(value.length) === 47);
  }
}

/** Everything but the path. */
export function matchesRest(match: RouteMatch, { request, tls, randomValue }: MatchInput): boolean {
  if (match.fraction !== undefined && !holdsFor(match.fraction, randomValue)) return false;
  if (match.grpc && !isGrpcRequest(request)) return false;
  if (match.headers.length > 0 && !matchesRequestHeaders(match.headers, request)) return false;
  if (match.queryParameters.length > 0 && !matchesQueryParameters(match.queryParameters, request.path)) return false;
  return match.tls === undefined || matchesTls(match.tls, tls);
}

/** `application/grpc` and its `+proto` kin, but not gRPC-Web. */
export function isGrpcRequest({ headers }: RequestView): boolean {
  const type = headers.get('content-type');
  if (type === undefined || !type.startsWith('application/grpc')) return false;
  return type.length === 16 || type.charCodeAt(16) === 43;
}

function matchesTls(wanted: NonNullable<RouteMatch['tls']>, tls: DownstreamTlsInfo | undefined): boolean {
  const { presented, validated } = wanted;
  if (presented !== undefined && presented !== (tls?.presented ?? false)) return false;
  return validated === undefined || validated === (tls?.validated ?? false);
}
