// What the HTTP/1.1 parsers tell: heads, and the events of one message.
import type { HeaderMap } from '../../decide/header-map.ts';
import type { Http1Problem } from './problem.ts';

/**
 * How the body ends: there is none; after `contentLength` bytes; chunked; with the connection (responses); or never by HTTP's rules,
 * because another protocol follows (CONNECT, Upgrade).
 */
export type BodyKind = 'none' | 'length' | 'chunked' | 'close' | 'tunnel';

export interface RequestHead {
  readonly method: string;
  /** As sent. */
  readonly target: string;
  /** Path and query as sent, without what an absolute form has before them; `*` for OPTIONS; empty for CONNECT. */
  readonly path: string;
  /** From an absolute or authority form, else the Host header; that header is not among the others. */
  readonly authority: string;
  /** True if the target was in absolute form. */
  readonly absolute: boolean;
  readonly httpMinor: 0 | 1;
  /**
   * End-to-end headers alone. Connection and what it lists, Keep-Alive, Proxy-Connection, Transfer-Encoding, and TE but for `trailers`
   * are left out. On an upgrade, `connection` and `upgrade` stay.
   */
  readonly headers: HeaderMap;
  readonly body: BodyKind;
  /** -1: not told. */
  readonly contentLength: number;
  /** What the client wants for the connection after this message. */
  readonly keepAlive: boolean;
  readonly expectContinue: boolean;
  /** Lower-cased, such as `websocket`; empty: none asked for. */
  readonly upgrade: string;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly httpMinor: 0 | 1;
  /** As in requests. */
  readonly headers: HeaderMap;
  readonly body: BodyKind;
  readonly contentLength: number;
  readonly keepAlive: boolean;
  /** With 101: what the connection speaks from here. */
  readonly upgrade: string;
}

/** Body chunks are views of the buffer that was handed in: whoever needs them after the call copies or holds it. */
interface MessageEvents {
  onBody(chunk: Buffer): void;
  /** Only if there are any; framing and routing fields among them are dropped (RFC 9110 section 6.5.1). */
  onTrailers(trailers: HeaderMap): void;
  /** The message is complete. */
  onEnd(): void;
  /** Once at most; nothing is parsed after it. */
  onError(problem: Http1Problem): void;
}

export interface RequestEvents extends MessageEvents {
  onRequest(head: RequestHead): void;
}

export interface ResponseEvents extends MessageEvents {
  /** 1xx other than 101: there may be several before the response. */
  onInformational(head: ResponseHead): void;
  onResponse(head: ResponseHead): void;
}
