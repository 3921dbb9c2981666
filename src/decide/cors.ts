// Cross-origin requests: preflights that are answered here, and headers on responses (Envoy's CORS filter).
import type { CorsPolicy } from './config/cors.ts';
import { holdsFor } from './match/fraction.ts';
import { matchesText } from './match/match-text.ts';
import { HeaderMap } from './header-map.ts';
import type { RequestView } from './request-view.ts';

export type CorsDecision =
  /** Not a cross-origin request, or no policy for it. */
  | { readonly kind: 'none' }
  /** Goes on; `allowedOrigin` is undefined if the origin is not allowed, and then the response stays as it is. */
  | { readonly kind: 'continue'; readonly allowedOrigin: string | undefined }
  /** Answered with 200 and these headers, without a body; code details `cors_response`. */
  | { readonly kind: 'preflight'; readonly headers: HeaderMap };

const none: CorsDecision = Object.freeze({ kind: 'none' });

/** `policies` from the most specific to the least (`corsPolicies`); what one leaves open the next may say. */
export function decideCors(policies: readonly CorsPolicy[], request: RequestView, randomValue: number): CorsDecision {
  const [first] = policies;
  if (first === undefined || !(first.enabled === undefined || holdsFor(first.enabled, randomValue))) return none;
  const origin = request.headers.get('origin');
  if (origin === undefined || origin === '') return none;
  const allowed = isAllowed(policies, origin);
  const goesOn: CorsDecision = { kind: 'continue', allowedOrigin: allowed ? origin : undefined };
  if (request.method !== 'OPTIONS') return goesOn;
  const method = request.headers.get('access-control-request-method') ?? '';
  if (method === '' || (!allowed && forwards(policies))) return goesOn;
  return { kind: 'preflight', headers: preflightHeaders(policies, request, allowed ? origin : undefined) };
}

/** `*` as an exact origin allows all. */
function isAllowed(policies: readonly CorsPolicy[], origin: string): boolean {
  const origins = policies.find(({ allowOrigins }) => allowOrigins.length > 0)?.allowOrigins ?? [];
  return origins.some((match) => matchesText(match, '*') || matchesText(match, origin));
}

type TextField = 'allowMethods' | 'allowHeaders' | 'exposeHeaders' | 'maxAge';

function textOf(policies: readonly CorsPolicy[], field: TextField): string {
  return policies.find((policy) => policy[field] !== '')?.[field] ?? '';
}

function forwards(policies: readonly CorsPolicy[]): boolean {
  return (
    policies.find((policy) => policy.forwardNotMatchingPreflights !== undefined)?.forwardNotMatchingPreflights ?? true
  );
}

function flagOf(policies: readonly CorsPolicy[], field: 'allowCredentials' | 'allowPrivateNetworkAccess'): boolean {
  return policies.find((policy) => policy[field] !== undefined)?.[field] ?? false;
}

function preflightHeaders(
  policies: readonly CorsPolicy[],
  request: RequestView,
  origin: string | undefined,
): HeaderMap {
  const asked = request.headers;
  const headers = new HeaderMap();
  /** `*` allows whatever was asked for. */
  const allow = (name: string, value: string, askedName: string): void => {
    if (value !== '') headers.set(name, value === '*' ? (asked.get(askedName) ?? '') : value);
  };
  if (origin !== undefined) headers.set('access-control-allow-origin', origin);
  if (flagOf(policies, 'allowCredentials')) headers.set('access-control-allow-credentials', 'true');
  allow('access-control-allow-methods', textOf(policies, 'allowMethods'), 'access-control-request-method');
  allow('access-control-allow-headers', textOf(policies, 'allowHeaders'), 'access-control-request-headers');
  const maxAge = textOf(policies, 'maxAge');
  if (maxAge !== '') headers.set('access-control-max-age', maxAge);
  const privateNetwork = asked.get('access-control-request-private-network') === 'true';
  if (privateNetwork && flagOf(policies, 'allowPrivateNetworkAccess')) {
    headers.set('access-control-allow-private-network', 'true');
  }
  const expose = textOf(policies, 'exposeHeaders');
  if (origin !== undefined && expose !== '') headers.set('access-control-expose-headers', expose);
  return headers;
}

/** Changes the response to a request that went on. */
export function addCorsHeaders(policies: readonly CorsPolicy[], decision: CorsDecision, response: HeaderMap): void {
  if (decision.kind !== 'continue' || decision.allowedOrigin === undefined) return;
  response.set('access-control-allow-origin', decision.allowedOrigin);
  if (flagOf(policies, 'allowCredentials')) response.set('access-control-allow-credentials', 'true');
  const expose = textOf(policies, 'exposeHeaders');
  if (expose !== '') response.set('access-control-expose-headers', expose);
}
