// The last filter: answers by itself where the route says so, else sends the request to its cluster.
import type { HttpFilter } from '../../decide/config/http-filter.ts';
import type { DirectResponseAction, RedirectAction } from '../../decide/config/route-action.ts';
import { HeaderMap } from '../../decide/header-map.ts';
import { directResponseLocation, redirectLocation, tlsRedirectLocation } from '../../decide/route/redirect.ts';
import { failures } from '../failure.ts';
import type { HttpStream, StreamFilter } from '../http/stream.ts';
import { forward } from './forward.ts';

type RouterFilterConfig = Extract<HttpFilter, { kind: 'router' }>;

export class RouterFilter implements StreamFilter {
  readonly config: RouterFilterConfig;

  constructor(config: RouterFilterConfig) {
    this.config = config;
  }

  onRequest(stream: HttpStream): 'stop' {
    const choice = stream.routeChoice;
    if (choice?.kind === 'tls-redirect') redirect(stream, 301, tlsRedirectLocation(stream.request));
    else if (choice?.kind === 'route') this.#act(stream, choice.chosen.route.action);
    else {
      stream.server.stats.counters.no_route++;
      stream.reply(failures['route-not-found']);
    }
    return 'stop';
  }

  #act(stream: HttpStream, action: NonNullable<HttpStream['chosen']>['route']['action']): void {
    switch (action.kind) {
      case 'forward':
        if (stream.request.method === 'CONNECT') return stream.reply(failures['upgrade-refused']);
        return forward(stream, action, this.config.config);
      case 'redirect':
        return redirectTo(stream, action);
      case 'direct-response':
        return respondDirectly(stream, action);
      case 'non-forwarding':
        return stream.reply(failures['route-not-found']);
    }
  }
}

function redirectTo(stream: HttpStream, action: RedirectAction): void {
  redirect(stream, action.status, redirectLocation(action, stream.chosen!.route.match, stream.request));
}

function redirect(stream: HttpStream, status: number, location: string): void {
  stream.server.stats.counters.rq_redirect++;
  const headers = HeaderMap.of({ location });
  answer(stream, status, headers, undefined);
}

function respondDirectly(stream: HttpStream, action: DirectResponseAction): void {
  stream.server.stats.counters.rq_direct_response++;
  const { status, body } = action;
  const headers = new HeaderMap();
  const location = directResponseLocation(status, stream.request);
  if (location !== undefined) headers.set('location', location);
  answer(stream, status, headers, body && Buffer.from(body));
}

function answer(stream: HttpStream, status: number, headers: HeaderMap, body: Buffer | undefined): void {
  const row = { status, flag: '', details: 'direct_response', body: '' };
  stream.responseCodeDetails = row.details;
  stream.reply(row, { headers, body });
}
