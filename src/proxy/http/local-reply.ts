// An answer of the proxy's own: status, text and headers as Envoy's. A gRPC client gets 200, and the failure as a gRPC status.
import { HeaderMap } from '../../decide/header-map.ts';
import type { FailureRow } from '../failure.ts';
import type { HttpStream, ReplyOptions } from './stream.ts';

export interface LocalReply {
  readonly status: number;
  readonly headers: HeaderMap;
  /** undefined: none, or none that this client may get. */
  readonly body: Buffer | undefined;
}

export function localReply(stream: HttpStream, row: FailureRow, options: ReplyOptions): LocalReply {
  const status = options.status ?? (row.status === 'late' ? (stream.body.ended ? 504 : 408) : row.status);
  const headers = options.headers ?? new HeaderMap();
  const text = options.body ?? row.body;
  if (isGrpc(stream.request.headers)) return grpcReply(status, headers, text.toString(), options.grpcStatus);
  const body = typeof text === 'string' ? Buffer.from(text) : text;
  if (body.length === 0) return { status, headers, body: undefined };
  headers.set('content-length', String(body.length));
  if (!headers.has('content-type')) headers.set('content-type', 'text/plain');
  return { status, headers, body: stream.request.method === 'HEAD' ? undefined : body };
}

function isGrpc(headers: HeaderMap): boolean {
  const type = headers.get('content-type');
  if (type === undefined || !type.startsWith('application/grpc')) return false;
  return type.length === 16 || type.charAt(16) === '+' || type.charAt(16) === ';';
}

const grpcStatuses: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);

function grpcReply(status: number, headers: HeaderMap, text: string, grpcStatus: number | undefined): LocalReply {
  headers.set('content-type', 'application/grpc');
  headers.set('grpc-status', String(grpcStatus ?? grpcStatuses.get(status) ?? 2));
  if (text !== '') headers.set('grpc-message', grpcMessage(text));
  return { status: 200, headers, body: undefined };
}

/** Percent-encoded but for what prints in ASCII (gRPC over HTTP/2, Percent-Encoded). */
function grpcMessage(text: string): string {
  return text.replace(/[^ -$&-~]/gu, encodeURIComponent);
}
