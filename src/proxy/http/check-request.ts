// What the connection manager refuses before anything else looks at a request.
import { failures, type FailureRow } from '../failure.ts';
import type { HttpStream } from './stream.ts';

/** undefined: nothing. */
export function checkRequest(stream: HttpStream): FailureRow | undefined {
  const { request, server } = stream;
  const { config } = server;
  if (stream.protocol === 'HTTP/1.0' && !config.http1.acceptHttp10) return failures['http10-refused'];
  if (request.authority === '') {
    const { defaultHostForHttp10 } = config.http1;
    if (stream.protocol !== 'HTTP/1.0' || defaultHostForHttp10 === '') return failures['missing-host'];
    request.authority = defaultHostForHttp10;
  }
  if (config.headersWithUnderscores !== 'allow' && hasUnderscores(stream)) {
    stream.closeAfter = true;
    return failures.underscore;
  }
  if (request.path.charCodeAt(0) !== 47 && request.method !== 'CONNECT') {
    server.stats.counters.downstream_rq_non_relative_path++;
    return failures['absolute-path'];
  }
  return undefined;
}

/** A route overrides what the connection manager allows. */
export function mayUpgrade({ upgrade, chosen, server }: HttpStream): boolean {
  const action = chosen?.route.action;
  const own = action?.kind === 'forward' ? action.upgrades.get(upgrade) : undefined;
  const allowed = (own ?? server.config.upgrades.get(upgrade))?.enabled ?? false;
  if (!allowed) server.stats.counters.downstream_rq_ws_on_non_ws_route++;
  return allowed;
}

/** Where they are only to be dropped, they are gone afterwards. */
function hasUnderscores({ request, server }: HttpStream): boolean {
  const { headers } = request;
  const found = headers.names.filter((name) => name.includes('_'));
  if (server.config.headersWithUnderscores === 'reject-request') return found.length > 0;
  for (const name of found) headers.remove(name);
  return false;
}
