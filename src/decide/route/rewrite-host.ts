// The host that goes on to the upstream.
import type { HostRewrite } from '../config/route-action.ts';
import type { MutableRequest } from '../request-view.ts';
import { pathOnly } from './path-text.ts';

export interface HostRewriteOptions {
  /** The old host goes into `x-forwarded-host`. */
  readonly appendForwardedHost: boolean;
  /** The old host is kept in `x-envoy-original-host`. */
  readonly keepOriginal: boolean;
}

/** Before an endpoint is known. An `auto` rewrite waits for it: `replaceHost` with the endpoint's host name. */
export function rewriteHost(
  rewrite: HostRewrite | undefined,
  request: MutableRequest,
  options: HostRewriteOptions,
): void {
  const host = rewrite === undefined ? '' : newHost(rewrite, request);
  if (host !== '') replaceHost(request, host, options);
}

function newHost(rewrite: HostRewrite, { headers, path }: MutableRequest): string {
  switch (rewrite.kind) {
    case 'literal':
      return rewrite.value;
    case 'header':
      return headers.get(rewrite.header) ?? '';
    case 'path-regex':
      return rewrite.regex.replaceAll(pathOnly(path), rewrite.substitution);
    case 'auto':
      return '';
  }
}

export function replaceHost(request: MutableRequest, host: string, options: HostRewriteOptions): void {
  const old = request.authority;
  if (options.appendForwardedHost && old !== '') appendForwardedHost(request, old);
  if (options.keepOriginal) request.headers.set('x-envoy-original-host', old);
  request.authority = host;
}

/** Not a second time in a row. */
function appendForwardedHost({ headers }: MutableRequest, host: string): void {
  const known = headers.joined('x-forwarded-host');
  if (known === undefined || known === '') headers.set('x-forwarded-host', host);
  else if (known.split(',').findLast((part) => part !== '') !== host) {
    headers.set('x-forwarded-host', `${known},${host}`);
  }
}
