// An answer that the proxy gives itself, in the form that the client's protocol has for it: gRPC clients get a gRPC status.
import { HeaderMap } from './header-map.ts';
import { httpToGrpcStatus } from './format/grpc-status.ts';
import type { RequestView } from './request-view.ts';
import { isGrpcRequest } from './route/match.ts';

export interface LocalReply {
  readonly status: number;
  /** Those of the reply's form alone; `content-length` is left to the codec. */
  readonly headers: HeaderMap;
  readonly body: string;
}

/** `body` goes to the client as text, or as the message of a gRPC status. */
export function localReply(request: RequestView, status: number, body: string, grpcStatus?: number): LocalReply {
  if (isGrpcRequest(request)) {
    const headers = HeaderMap.of({
      'content-type': 'application/grpc',
      'grpc-status': String(grpcStatus ?? httpToGrpcStatus(status)),
    });
    // Not on an answer to HEAD, as Envoy has it.
    if (body !== '' && request.method !== 'HEAD') headers.set('grpc-message', percentEncoded(body));
    return { status: 200, headers, body: '' };
  }
  return { status, headers: body === '' ? new HeaderMap() : HeaderMap.of({ 'content-type': 'text/plain' }), body };
}

/** As gRPC has it: printable ASCII but for the percent sign stays. */
function percentEncoded(text: string): string {
  return text.replace(/[^ -$&-~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
