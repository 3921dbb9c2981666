// The request's body as far as it has to be kept: until there is a connection to send it on, and as long as it may be sent again.
import type { HeaderMap } from '../../decide/header-map.ts';
import type { BodyKind } from '../http1/message.ts';

export class RequestBody {
  readonly chunks: Buffer[] = [];
  /** Of what is kept. */
  bytes = 0;
  ended: boolean;
  trailers: HeaderMap | undefined;
  /** undefined: chunks, or no body. */
  readonly contentLength: number | undefined;
  readonly chunked: boolean;

  /** It never ends by itself: another protocol follows the head. */
  readonly tunnel: boolean;

  constructor(kind: BodyKind, contentLength: number) {
    this.contentLength = contentLength < 0 ? undefined : contentLength;
    this.chunked = kind === 'chunked';
    this.tunnel = kind === 'tunnel';
    this.ended = kind === 'none';
  }

  /** Copies: the chunk lies in the read buffer. */
  keep(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk));
    this.bytes += chunk.length;
  }

  drop(): void {
    this.chunks.length = 0;
    this.bytes = 0;
  }
}
