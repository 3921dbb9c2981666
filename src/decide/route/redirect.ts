// Where a redirect leads to.
import type { RedirectAction } from '../config/route-action.ts';
import type { RouteMatch } from '../config/route-match.ts';
import type { RequestView } from '../request-view.ts';
import { rewrittenPath } from './rewrite-path.ts';

/** The value of `location`. */
export function redirectLocation(action: RedirectAction, match: RouteMatch, request: RequestView): string {
  const scheme = newScheme(action, request);
  const port = action.port === 0 ? '' : `:${action.port}`;
  const host = action.host === '' ? requestHost(request, scheme, port !== '') : action.host;
  return `${scheme}://${host}${port}${newPath(action, match, request)}`;
}

/** For a virtual host that wants TLS; the status is 301. */
export function tlsRedirectLocation({ authority, path }: RequestView): string {
  return `https://${authority}${path}`;
}

function newScheme({ scheme }: RedirectAction, request: RequestView): string {
  if (scheme === undefined) return request.scheme;
  return scheme.kind === 'https' ? 'https' : scheme.value;
}

/** Without its port if another is given, or if it was the default one of a scheme that changes. */
function requestHost({ authority, headers, scheme: own }: RequestView, scheme: string, portGiven: boolean): string {
  const bracket = authority.lastIndexOf(']:');
  const colon = authority.startsWith('[') ? (bracket < 0 ? -1 : bracket + 1) : authority.lastIndexOf(':');
  if (colon < 0) return authority;
  const port = authority.slice(colon);
  const requestScheme = headers.get('x-forwarded-proto') ?? own;
  const isDefault = (requestScheme === 'https' && port === ':443') || (requestScheme === 'http' && port === ':80');
  const drop = portGiven || (scheme !== requestScheme && isDefault);
  return drop ? authority.slice(0, colon) : authority;
}

/** A redirect's own query is kept whatever happens to the request's. */
function newPath({ path, stripQuery }: RedirectAction, match: RouteMatch, request: RequestView): string {
  if (path?.kind === 'path' && path.value !== '') {
    if (path.value.includes('?')) return path.value;
    const query = request.path.indexOf('?');
    return query < 0 || stripQuery ? path.value : path.value + request.path.slice(query);
  }
  const kept = path === undefined || path.kind === 'path' ? request.path : rewritten(path, match, request.path);
  const query = kept.indexOf('?');
  return stripQuery && query >= 0 ? kept.slice(0, query) : kept;
}

type Rewrite = Exclude<NonNullable<RedirectAction['path']>, { readonly kind: 'path' }>;

function rewritten(rewrite: Rewrite, match: RouteMatch, path: string): string {
  const isEmpty = rewrite.kind === 'prefix' && rewrite.value === '';
  return isEmpty ? path : rewrittenPath(rewrite, match, path);
}
