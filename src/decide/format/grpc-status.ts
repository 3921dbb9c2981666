// A gRPC call's status: from the trailers, the headers, or what the HTTP status stands for.
import { unsignedInteger } from '../match/ascii.ts';
import { isGrpcRequest } from '../route/match.ts';
import type { FormatContext } from './format-context.ts';

const names = `OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied
ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated`.split(
  /\s+/,
);

/** As the gRPC project maps HTTP statuses; all others are Unknown. */
const fromHttp: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);

export function grpcStatusOf({
  request,
  responseHeaders,
  responseTrailers,
  stream,
}: FormatContext): number | undefined {
  if (request === undefined || !isGrpcRequest(request)) return undefined;
  const written = unsignedInteger(responseTrailers?.get('grpc-status') ?? responseHeaders?.get('grpc-status'));
  if (written !== undefined) return written;
  const status = stream.responseCode ?? 0;
  return status === 0 || status === 200 ? undefined : httpToGrpcStatus(status);
}

/** What an HTTP status means to a gRPC client. */
export function httpToGrpcStatus(status: number): number {
  return fromHttp.get(status) ?? 2;
}

export function grpcStatusName(status: number, form: string | undefined): string | number {
  if (form === 'NUMBER') return status;
  const name = names[status];
  if (name === undefined) return String(status);
  if (form !== 'SNAKE_STRING' || status === 0) return name;
  return name.replace(/(?<!^)[A-Z]/g, '_$&').toUpperCase();
}
