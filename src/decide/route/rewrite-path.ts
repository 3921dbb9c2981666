// The path that goes on to the upstream, and the path of a redirect: both keep the query.
import type { PathRewrite } from '../config/route-action.ts';
import type { RouteMatch } from '../config/route-match.ts';
import { asciiLower } from '../match/ascii.ts';
import type { MutableRequest } from '../request-view.ts';
import { pathOnly } from './path-text.ts';

/** `keepOriginal`: the path that was asked for is kept in `x-envoy-original-path`. */
export function rewritePath(
  rewrite: PathRewrite | undefined,
  match: RouteMatch,
  request: MutableRequest,
  keepOriginal: boolean,
): void {
  if (rewrite === undefined || (rewrite.kind === 'prefix' && rewrite.value === '')) return;
  const path = rewrittenPath(rewrite, match, request.path);
  if (path === undefined) return;
  if (keepOriginal) request.headers.set('x-envoy-original-path', request.path);
  request.path = path;
}

/** undefined: the path stays, because what matched does not stand at its start (path parameters were ignored). */
function rewrittenPath(rewrite: PathRewrite, match: RouteMatch, path: string): string | undefined {
  const only = pathOnly(path);
  if (rewrite.kind === 'regex') return rewrite.regex.replaceAll(only, rewrite.substitution) + path.slice(only.length);
  const { path: matched, caseSensitive } = match;
  if (matched.kind === 'regex' || matched.kind === 'connect') return rewrite.value + path.slice(only.length);
  const start = path.slice(0, matched.value.length);
  const fits = start === matched.value || (!caseSensitive && asciiLower(start) === asciiLower(matched.value));
  return fits ? rewrite.value + path.slice(start.length) : undefined;
}
