// How long a request may take: the route's timeout, overridden by what request headers ask for, as Envoy's router does it.
import type { RouterConfig } from '../config/router.ts';
import type { RetryPolicy } from '../config/retry-policy.ts';
import type { ForwardAction } from '../config/route-action.ts';
import { unsignedInteger } from '../match/ascii.ts';
import type { HeaderMap } from '../header-map.ts';
import type { RequestView } from '../request-view.ts';

/** In ms; 0: no limit. */
export interface RequestTimeouts {
  /** For the whole response, retries included. */
  readonly globalMs: number;
  readonly perTryMs: number;
  readonly perTryIdleMs: number;
  /** For the stream as a whole, from its first byte; undefined: the connection manager's. */
  readonly maxStreamMs: number | undefined;
  /** Without a byte in either direction; undefined: the connection manager's. */
  readonly idleMs: number | undefined;
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
  const globalMs = askedTimeout(headers, router) ?? (usesStreamDuration(action) ? 0 : action.timeoutMs);
  const asked = headers.get(perTryTimeout);
  if (asked !== undefined) headers.remove(perTryTimeout);
  const perTryMs = unsignedInteger(asked) ?? policy?.perTryTimeoutMs ?? 0;
  return {
    globalMs,
    // One that would never strike first does not count.
    perTryMs: globalMs !== 0 && perTryMs >= globalMs ? 0 : perTryMs,
    perTryIdleMs: policy?.perTryIdleTimeoutMs ?? 0,
    maxStreamMs: maxStreamDuration(action, headers),
    idleMs: action.idleTimeoutMs,
  };
}

/** With a max_stream_duration, Envoy leaves the route's timeout aside. */
function usesStreamDuration({ maxStreamDuration }: ForwardAction): boolean {
  return maxStreamDuration !== undefined;
}

function askedTimeout(headers: HeaderMap, { respectExpectedRqTimeout }: RouterConfig): number | undefined {
  if (respectExpectedRqTimeout) {
    const expected = headers.get(expectedTimeout);
    if (expected !== undefined) return unsignedInteger(expected);
  }
  const asked = unsignedInteger(headers.get(routeTimeout));
  if (asked !== undefined) headers.remove(routeTimeout);
  return asked;
}

/**
 * Tells the upstream how long this try may take, at most what is left of the whole; no header if nothing limits it.
 * 1 ms where no time is left, since 0 would mean no limit.
 */
export function setExpectedTimeout(
  headers: HeaderMap,
  { globalMs, perTryMs }: RequestTimeouts,
  elapsedMs: number,
): void {
  const wanted = perTryMs === 0 ? globalMs : perTryMs;
  if (wanted === 0) return;
  const left = globalMs === 0 ? wanted : globalMs - Math.floor(elapsedMs);
  headers.set(expectedTimeout, String(left <= 0 ? 1 : Math.min(wanted, left)));
}

/** A gRPC client's own deadline counts where the route says up to what. */
function maxStreamDuration({ maxStreamDuration: limits }: ForwardAction, headers: HeaderMap): number | undefined {
  if (limits === undefined) return undefined;
  const { grpcTimeoutHeaderMaxMs: max, grpcTimeoutHeaderOffsetMs: offset } = limits;
  const asked = max === undefined ? undefined : grpcTimeoutMs(headers.get('grpc-timeout'));
  if (max === undefined || asked === undefined) return limits.maxMs;
  let value = asked;
  if (max !== 0 && (value === 0 || value > max)) value = max;
  return offset !== undefined && offset < value ? value - offset : value;
}

const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/** `100m`: at most eight digits and a unit. */
export function grpcTimeoutMs(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text ?? '') ?? [];
  return digits === undefined || unit === undefined ? undefined : Math.ceil(Number(digits) * units[unit]!);
}
