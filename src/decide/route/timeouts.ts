// How long a request may take: the route's timeout, overridden by what request headers ask for, as Envoy's router does it.
import type { RouterConfig } from '../config/router.ts';
import type { RetryPolicy } from '../config/retry-policy.ts';
import type { ForwardAction } from '../config/route-action.ts';
import { unsignedInteger } from '../match/ascii.ts';
import { grpcTimeoutMs, grpcTimeoutText } from '../grpc-timeout.ts';
import type { HeaderMap } from '../header-map.ts';
import type { RequestView } from '../request-view.ts';
import { isGrpcRequest } from './match.ts';

/** In ms; 0: no limit. */
export interface RequestTimeouts {
  /** For the whole response, retries included. */
  readonly globalMs: number;
  readonly perTryMs: number;
  readonly perTryIdleMs: number;
}

const routeTimeout = 'x-envoy-upstream-rq-timeout-ms';
const perTryTimeout = 'x-envoy-upstream-rq-per-try-timeout-ms';
const expectedTimeout = 'x-envoy-expected-rq-timeout-ms';

/** Takes the timeout headers out of the request. What the upstream is told is set by `setExpectedTimeout`, for each try. */
export function requestTimeouts(
  action: ForwardAction,
  policy: RetryPolicy | undefined,
  request: RequestView,
  router: RouterConfig,
): RequestTimeouts {
  const { headers } = request;
  const globalMs = askedTimeout(headers, router) ?? ownTimeout(action, request);
  const asked = headers.get(perTryTimeout);
  if (asked !== undefined) headers.remove(perTryTimeout);
  const perTryMs = unsignedInteger(asked) ?? policy?.perTryTimeoutMs ?? 0;
  return {
    globalMs,
    // One that would never strike first does not count.
    perTryMs: globalMs !== 0 && perTryMs >= globalMs ? 0 : perTryMs,
    perTryIdleMs: policy?.perTryIdleTimeoutMs ?? 0,
  };
}

/** With a max_stream_duration, Envoy leaves the route's timeout aside. A gRPC client's own counts where the route says up to what. */
function ownTimeout(action: ForwardAction, request: RequestView): number {
  if (action.maxStreamDuration !== undefined) return 0;
  const { maxGrpcTimeoutMs: max, grpcTimeoutOffsetMs: offset } = action;
  if (max === undefined || !isGrpcRequest(request)) return action.timeoutMs;
  let asked = grpcTimeoutMs(request.headers.get('grpc-timeout')) ?? 0;
  if (offset !== undefined && offset < asked) asked -= offset;
  return max !== 0 && (asked === 0 || asked > max) ? max : asked;
}

function askedTimeout(headers: HeaderMap, { respectExpectedRqTimeout }: RouterConfig): number | undefined {
  if (respectExpectedRqTimeout) {
    const expected = headers.get(expectedTimeout);
    if (expected !== undefined) return unsignedInteger(expected);
  }
  const asked = headers.get(routeTimeout);
  if (asked !== undefined) headers.remove(routeTimeout);
  return unsignedInteger(asked);
}

/**
 * Tells the upstream how long this try may take, at most what is left of the whole; no header if nothing limits it.
 * 1 ms where no time is left, since 0 would mean no limit. A gRPC call is told too where the route limits those.
 */
export function setExpectedTimeout(
  action: ForwardAction,
  request: RequestView,
  { globalMs, perTryMs }: RequestTimeouts,
  { elapsedMs, suppressEnvoyHeaders }: { readonly elapsedMs: number; readonly suppressEnvoyHeaders: boolean },
): void {
  const wanted = perTryMs === 0 ? globalMs : perTryMs;
  if (wanted === 0) return;
  const left = globalMs === 0 ? wanted : globalMs - Math.floor(elapsedMs);
  const expected = left <= 0 ? 1 : Math.min(wanted, left);
  if (!suppressEnvoyHeaders) request.headers.set(expectedTimeout, String(expected));
  const tellsGrpc = action.maxStreamDuration === undefined && action.maxGrpcTimeoutMs !== undefined;
  if (tellsGrpc && isGrpcRequest(request)) request.headers.set('grpc-timeout', grpcTimeoutText(expected));
}
