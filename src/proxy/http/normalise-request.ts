// Makes path and host what is matched, logged and forwarded.
import { HeaderMap } from '../../decide/header-map.ts';
import { normalisePath } from '../../decide/normalise-path.ts';
import { portStart } from '../../decide/route/virtual-host.ts';
import { failures } from '../failure.ts';
import type { HttpStream } from './stream.ts';

/** False: the request has been answered. */
export function normaliseRequest(stream: HttpStream): boolean {
  const { request, server } = stream;
  const settings = server.config.path;
  if (settings.stripTrailingHostDot || settings.stripPort !== 'no') request.authority = normalHost(stream);
  const normal = normalisePath(request.path, settings);
  if (normal.kind === 'path') {
    request.path = normal.path;
    return true;
  }
  server.stats.counters.downstream_rq_failed_path_normalization++;
  if (normal.kind === 'reject') {
    stream.closeAfter = true;
    stream.reply(failures['bad-path']);
  } else {
    const row = { status: 307, flag: '', details: failures['bad-path'].details, body: '' };
    stream.reply(row, { headers: HeaderMap.of({ location: normal.location }) });
  }
  return false;
}

function normalHost({ request, server, info }: HttpStream): string {
  const { stripPort, stripTrailingHostDot } = server.config.path;
  let host = request.authority;
  let port = '';
  const at = portStart(host);
  if (at >= 0) {
    port = host.slice(at);
    host = host.slice(0, at);
  }
  if (stripTrailingHostDot && host.endsWith('.')) host = host.slice(0, -1);
  const strip = stripPort === 'any' || (stripPort === 'matching' && port === `:${info.local.port}`);
  return strip ? host : host + port;
}
