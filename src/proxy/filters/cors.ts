// Cross-origin resource sharing: answers preflights, and says on answers who may read them.
import type { HttpFilter } from '../../decide/config/http-filter.ts';
import { addCorsHeaders, type CorsDecision, decideCors } from '../../decide/cors.ts';
import type { HeaderMap } from '../../decide/header-map.ts';
import { corsPolicies } from '../../decide/route/filter-config.ts';
import type { HttpStream, StreamFilter } from '../http/stream.ts';

export class CorsFilter implements StreamFilter {
  readonly config: HttpFilter;
  readonly stats = { prefix: 'cors', counters: { origin_valid: 0, origin_invalid: 0 }, gauges: {} };
  /** Of requests under way that are cross-origin ones. */
  readonly #decisions = new WeakMap<HttpStream, CorsDecision>();

  constructor(config: HttpFilter) {
    this.config = config;
  }

  onRequest(stream: HttpStream): 'continue' | 'stop' {
    if (!stream.request.headers.has('origin')) return 'continue';
    const policies = corsPolicies(this.config.name, stream.chosen, stream.clusterChoice);
    const decision = decideCors(policies, stream.request, stream.randomValue);
    if (decision.kind === 'none') return 'continue';
    if (isAllowed(decision)) this.stats.counters.origin_valid += 1;
    else this.stats.counters.origin_invalid += 1;
    if (decision.kind === 'preflight') {
      const row = { status: 200, flag: '', details: 'cors_response', body: '' };
      stream.reply(row, { headers: decision.headers, withoutRouteHeaders: true });
      return 'stop';
    }
    this.#decisions.set(stream, decision);
    return 'continue';
  }

  onResponse(stream: HttpStream, headers: HeaderMap): void {
    const decision = this.#decisions.get(stream);
    if (decision)
      addCorsHeaders(corsPolicies(this.config.name, stream.chosen, stream.clusterChoice), decision, headers);
  }
}

function isAllowed(decision: Exclude<CorsDecision, { kind: 'none' }>): boolean {
  if (decision.kind === 'continue') return decision.allowedOrigin !== undefined;
  return decision.headers.has('access-control-allow-origin');
}
