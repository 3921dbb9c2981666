// The client's connection, as the pipeline of one request sees it.
import type { HeaderMap } from '../../decide/header-map.ts';
import type { ConnectionInfo } from '../listener/downstream.ts';
import type { Peer } from './condition-request.ts';
import type { HttpStream } from './stream.ts';

export interface StreamConnection {
  readonly info: ConnectionInfo;
  readonly peer: Peer;
  /** More waits to leave than the connection should hold. */
  readonly full: boolean;
  writeInformational(status: number, headers: HeaderMap): void;
  writeHead(stream: HttpStream, headers: HeaderMap, end: boolean): void;
  writeBody(chunk: Buffer, owned: boolean): void;
  writeEnd(trailers: HeaderMap | undefined): void;
  /** No more of the request's body for now. */
  pauseRequest(): void;
  resumeRequest(): void;
  limitStream(idleMs: number | undefined, maxMs: number | undefined): void;
  closeNow(): void;
  /** An exception while its request was handled. */
  onMishap(): void;
  onStreamDone(stream: HttpStream): void;
}
