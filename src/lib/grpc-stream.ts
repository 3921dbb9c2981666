// One bidirectional gRPC stream over HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md), all that an agent needs of gRPC. A library for
// it would be two thirds of the sidecar's code, and take a third of its memory in every pod.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { MeshError } from './mesh-error.ts';
import { parseSocketAddress } from './socket-address.ts';

const prefixBytes = 5;
const maxMessageBytes = 64 << 20;
const windowBytes = 1 << 20;
const pingEveryMs = 30_000;
const pingLimitMs = 10_000;

export interface GrpcStreamOptions {
  /** `unix:/path` or `host:port`, without TLS; anything else throws. */
  readonly address: string;
  /** `/package.Service/Method` */
  readonly method: string;
  /** Source address of a TCP connection. */
  readonly localAddress?: string;
  readonly onMessage: (message: Buffer) => void;
  /** Exactly once, whatever the reason; never after `close`. */
  readonly onEnd: (why: string) => void;
}

/** Connects at once; what is written before the connection is there, is sent then. */
export class GrpcStream {
  readonly #options: GrpcStreamOptions;
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #frames = new GrpcFrames();
  #pings: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: GrpcStreamOptions) {
    this.#options = options;
    const { authority, socket } = endpoint(options);
    this.#session = connect(`http://${authority}`, {
      createConnection: () => connectSocket(socket),
      settings: { enablePush: false, initialWindowSize: windowBytes },
    });
    this.#session.once('error', (error) => this.#end(error.message));
    this.#session.once('connect', () => this.#startPings());
    this.#session.once('close', () => this.#end('the connection was closed'));
    this.#stream = this.#session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: options.method,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      te: 'trailers',
    });
    this.#listen(this.#stream);
  }

  #listen(stream: ClientHttp2Stream): void {
    stream.once('response', (headers) => {
      if (headers[':status'] !== 200) this.#end(`HTTP status ${headers[':status']}`);
      else if (headers['grpc-status'] !== undefined) this.#end(grpcStatus(headers));
    });
    stream.once('trailers', (headers) => this.#end(grpcStatus(headers)));
    stream.once('error', (error) => this.#end(error.message));
    stream.once('close', () => this.#end('the stream was closed'));
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const message of this.#frames.push(chunk)) if (!this.#ended) this.#options.onMessage(message);
      } catch (error) {
        this.#end((error as Error).message);
      }
    });
  }

  /** A peer that is gone without a word is noticed, as gRPC's keepalive does it. */
  #startPings(): void {
    if (this.#ended) return;
    this.#pings = setInterval(() => {
      const late = setTimeout(() => this.#end('no answer to a ping'), pingLimitMs);
      this.#session.ping(() => clearTimeout(late));
    }, pingEveryMs);
  }

  write(message: Uint8Array): void {
    if (this.#ended) return;
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUInt32BE(message.length, 1);
    this.#stream.write(Buffer.concat([prefix, message]));
  }

  /** Nothing more will be written: a unary method is answered only then. */
  finish(): void {
    if (!this.#ended) this.#stream.end();
  }

  close(): void {
    this.#ended = true;
    this.#release();
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.close();
    this.#options.onEnd(why);
  }

  #release(): void {
    clearInterval(this.#pings);
    // What still comes from either is of no interest; an error without a listener would be fatal.
    this.#stream?.on('error', () => undefined).close(constants.NGHTTP2_CANCEL);
    this.#session.on('error', () => undefined).destroy();
  }
}

/** Cuts the stream's bytes into messages: a flag, the length in four bytes, the message. */
export class GrpcFrames {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes that the next cut needs; large messages are put together once, not with each chunk. */
  #wanted = prefixBytes;

  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages: Buffer[] = [];
    if (this.#bytes < this.#wanted) return messages;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#wanted = prefixBytes;
    while (rest.length >= prefixBytes) {
      if (rest[0] !== 0) throw new MeshError('grpc', 'a message is compressed, which was not asked for');
      this.#wanted = prefixBytes + rest.readUInt32BE(1);
      if (this.#wanted > maxMessageBytes) throw new MeshError('grpc', `a message has ${this.#wanted} bytes`);
      if (rest.length < this.#wanted) break;
      messages.push(rest.subarray(prefixBytes, this.#wanted));
      rest = rest.subarray(this.#wanted);
      this.#wanted = prefixBytes;
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return messages;
  }
}

function grpcStatus(headers: { readonly [name: string]: unknown }): string {
  const { 'grpc-message': message, 'grpc-status': status } = headers;
  const detail = typeof message === 'string' && message !== '' ? `: ${decodePercent(message)}` : '';
  return `gRPC status ${typeof status === 'string' ? status : 'missing'}${detail}`;
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // as it came: better than nothing
  }
}

type Endpoint = {
  readonly authority: string;
  readonly socket:
    | { readonly path: string }
    | { readonly host: string; readonly port: number; readonly localAddress: string | undefined };
};

function endpoint({ address, localAddress }: GrpcStreamOptions): Endpoint {
  const parsed = parseSocketAddress(address);
  if (parsed === undefined) throw new MeshError('grpc-address', `\`${address}\` must be unix:/path or host:port`);
  if ('path' in parsed) return { authority: 'localhost', socket: parsed };
  return { authority: address, socket: { ...parsed, localAddress } };
}
