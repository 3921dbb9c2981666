// The request's body as far as it has to be kept: until there is a connection to send it on, and as long as it may be sent again.
import type { HeaderMap } from '../../decide/header-map.ts';

export class RequestBody {
  readonly chunks: Buffer[] = [];
  /** Of what is kept. */
  bytes = 0;
  ended = false;
  trailers: HeaderMap | undefined;
  /** undefined: chunks, or no body. */
  readonly contentLength: number | undefined;
  readonly chunked: boolean;

  constructor(contentLength: number | undefined, chunked: boolean) {
    this.contentLength = contentLength;
    this.chunked = chunked;
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
