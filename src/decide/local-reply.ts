// An answer of the proxy's own, in the form that the client's protocol has for it: gRPC clients get 200, and the failure as a gRPC status.
import { httpToGrpcStatus } from './format/grpc-status.ts';
import type { HeaderMap } from './header-map.ts';
import type { RequestView } from './request-view.ts';
import { isGrpcRequest } from './route/match.ts';

export interface LocalReply<Body extends Uint8Array> {
  readonly status: number;
  readonly headers: HeaderMap;
  /** Goes to the client as text, or as the message of a gRPC status. */
  readonly body: Body;
  /** undefined: what the HTTP status stands for. */
  readonly grpcStatus?: number | undefined;
}

/** What goes out: `headers` are completed in place. */
export interface CompletedReply<Body extends Uint8Array> {
  readonly status: number;
  /** undefined: none, or none that this client may get. */
  readonly body: Body | undefined;
}

/** Comes after the route's header operations: of the body's type and length, and of gRPC's headers, it has the last word. */
export function completeReply<Body extends Uint8Array>(
  request: RequestView,
  { status, headers, body, grpcStatus }: LocalReply<Body>,
): CompletedReply<Body> {
  const isHead = request.method === 'HEAD';
  if (isGrpcRequest(request)) {
    headers.remove('content-length');
    headers.set('content-type', 'application/grpc');
    if (!headers.get('grpc-status')) headers.set('grpc-status', String(grpcStatus ?? httpToGrpcStatus(status)));
    if (body.length > 0 && !isHead) headers.set('grpc-message', percentEncoded(body));
    return { status: 200, body: undefined };
  }
  if (body.length === 0) {
    headers.remove('content-length');
    headers.remove('content-type');
    return { status, body: undefined };
  }
  headers.set('content-length', String(body.length));
  if (!headers.has('content-type')) headers.set('content-type', 'text/plain');
  return { status, body: isHead ? undefined : body };
}

/** But for what prints in ASCII (gRPC over HTTP/2, Percent-Encoded). */
function percentEncoded(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const prints = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    text += prints ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
