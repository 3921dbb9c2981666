// Where an answer without an upstream leads to.
import type { RedirectAction } from '../config/route-action.ts';
import type { RouteMatch } from '../config/route-match.ts';
import type { MutableRequest, RequestView } from '../request-view.ts';
import { rewritePath } from './rewrite-path.ts';

/** The value of `location`. A prefix or regex rewrite changes the request's path too, as header operations see it in Envoy. */
export function redirectLocation(
  action: RedirectAction,
  match: RouteMatch,
  request: MutableRequest,
  keepOriginal = true,
): string {
  if (action.path !== undefined && action.path.kind !== 'path') rewritePath(action.path, match, request, keepOriginal);
  const scheme = newScheme(action, request);
  const port = action.port === 0 ? '' : `:${action.port}`;
  const host = action.host === '' ? requestHost(request, scheme, port !== '') : action.host;
  const path = newPath(action, request);
  return `${scheme}://${host}${port}${path.startsWith('/') ? '' : '/'}${path}`;
}

/** A direct response that says where to go, or what was made, names the request's own place. */
export function directResponseLocation(status: number, { authority, path, scheme }: RequestView): string | undefined {
  return status === 201 || (status >= 300 && status < 400) ? `${scheme}://${authority}${path}` : undefined;
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
function newPath({ path, stripQuery }: RedirectAction, request: RequestView): string {
  const own = path?.kind === 'path' ? path.value : '';
  if (own.includes('?')) return own;
  const query = request.path.indexOf('?');
  if (own === '') return stripQuery && query >= 0 ? request.path.slice(0, query) : request.path;
  return query < 0 || stripQuery ? own : own + request.path.slice(query);
}
