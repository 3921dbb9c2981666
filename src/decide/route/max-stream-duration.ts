// How long a stream may last as a whole: the route's limit, or a gRPC client's own deadline where the route lets that count.
import type { ForwardAction, MaxStreamDuration } from '../config/route-action.ts';
import { grpcTimeoutMs, grpcTimeoutText } from '../grpc-timeout.ts';
import type { MutableRequest } from '../request-view.ts';
import { isGrpcRequest } from './match.ts';

/**
 * In ms from the stream's beginning; 0: it is over at once; Infinity: no limit; undefined: the route leaves it to the connection
 * manager, whose limit is `managerMs` (0: none). A gRPC upstream is told in `grpc-timeout`, whatever the client had said there.
 */
export function maxStreamDuration(
  { maxStreamDuration: limits }: ForwardAction,
  request: MutableRequest,
  managerMs: number,
): number | undefined {
  if (limits === undefined) return undefined;
  const { headers } = request;
  const asked = limits.grpcTimeoutHeaderMaxMs === undefined ? undefined : grpcTimeoutMs(headers.get('grpc-timeout'));
  const ms = asked === undefined ? (limits.maxMs ?? managerMs) || Infinity : allowed(asked, limits);
  if (!isGrpcRequest(request)) return ms;
  if (ms !== Infinity) headers.set('grpc-timeout', grpcTimeoutText(ms));
  // Envoy's way: it takes the header off only where it had begun to count.
  else if (managerMs !== 0) headers.remove('grpc-timeout');
  return ms;
}

/** Unlike with `max_grpc_timeout`, a deadline of 0 is one, and so is one that the offset uses up. */
function allowed(
  asked: number,
  { grpcTimeoutHeaderMaxMs: max, grpcTimeoutHeaderOffsetMs: offset }: MaxStreamDuration,
): number {
  const capped = max === undefined || max === 0 ? asked : Math.min(asked, max);
  return Math.max(0, capped - (offset ?? 0));
}
