// An answer of the proxy's own: status, text and headers as Envoy's. A gRPC client gets 200, and the failure as a gRPC status.
import { httpToGrpcStatus } from '../../decide/format/grpc-status.ts';
import type { HeaderMap } from '../../decide/header-map.ts';
import { isGrpcRequest } from '../../decide/route/match.ts';
import type { FailureRow } from '../failure.ts';
import type { HttpStream, ReplyOptions } from './stream.ts';

export interface LocalReply {
  readonly status: number;
  /** undefined: none, or none that this client may get. */
  readonly body: Buffer | undefined;
}

/** The status as it was meant; a gRPC client gets another. */
export function replyStatus(stream: HttpStream, row: FailureRow, options: ReplyOptions): number {
  return options.status ?? (row.status === 'late' ? (stream.body.ended ? 504 : 408) : row.status);
}

/** Comes after the route's header operations: of the body's type and length, and of gRPC's headers, it has the last word. */
export function completeReply(
  { request }: HttpStream,
  { status, headers }: { readonly status: number; readonly headers: HeaderMap },
  text: string | Buffer,
  grpcStatus: number | undefined,
): LocalReply {
  const isHead = request.method === 'HEAD';
  if (isGrpcRequest(request)) {
    completeGrpc(headers, grpcStatus ?? httpToGrpcStatus(status), isHead ? '' : text.toString());
    return { status: 200, body: undefined };
  }
  const body = typeof text === 'string' ? Buffer.from(text) : text;
  if (body.length === 0) {
    headers.remove('content-length');
    headers.remove('content-type');
    return { status, body: undefined };
  }
  headers.set('content-length', String(body.length));
  if (!headers.has('content-type')) headers.set('content-type', 'text/plain');
  return { status, body: isHead ? undefined : body };
}

function completeGrpc(headers: HeaderMap, grpcStatus: number, message: string): void {
  headers.remove('content-length');
  headers.set('content-type', 'application/grpc');
  if (!headers.get('grpc-status')) headers.set('grpc-status', String(grpcStatus));
  if (message !== '') headers.set('grpc-message', grpcMessage(message));
}

/** Percent-encoded but for what prints in ASCII (gRPC over HTTP/2, Percent-Encoded). */
function grpcMessage(text: string): string {
  return text.replace(/[^ -$&-~]/gu, encodeURIComponent);
}
