// The path that goes on to the upstream, and the path of a redirect: both keep the query.
import type { PathRewrite } from '../config/route-action.ts';
import type { RouteMatch } from '../config/route-match.ts';
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
  if (keepOriginal) request.headers.set('x-envoy-original-path', request.path);
  request.path = path;
}

function rewrittenPath(rewrite: PathRewrite, match: RouteMatch, path: string): string {
  if (rewrite.kind === 'prefix') return rewrite.value + path.slice(matchedLength(match, path));
  const only = pathOnly(path);
  return rewrite.regex.replaceAll(only, rewrite.substitution) + path.slice(only.length);
}

/** How much of the path the match's text stands for: all of it but the query where there is no such text. */
function matchedLength({ path: match }: RouteMatch, path: string): number {
  return match.kind === 'regex' || match.kind === 'connect' ? pathOnly(path).length : match.value.length;
}
