// One gRPC call: decodes requests, enforces limits, and ends the call with a clear status when a client breaks the rules.
import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { describeError, MeshError } from '../../lib/mesh-error.ts';
import { decodeRequest, type DecodedRequest } from './discovery-wire.ts';
import { streamRole } from './proxy-node.ts';
import { ProxyStream, type StreamSettings } from './proxy-stream.ts';
import type { Protocol } from './watch.ts';

export interface AdsLimits {
  readonly maxStreams: number;
  readonly maxRequestBytes: number;
  /** Names that one stream may subscribe to, of one type. */
  readonly maxNames: number;
  /** Types that one stream may ask for. */
  readonly maxTypes: number;
  /** How long a new stream may stay silent. */
  readonly firstRequestMs: number;
}

export const defaultLimits: AdsLimits = {
  maxStreams: 10_000,
  maxRequestBytes: 8 * 1024 * 1024,
  maxNames: 50_000,
  maxTypes: 32,
  firstRequestMs: 15_000,
};

interface SessionSettings {
  readonly stream: StreamSettings;
  readonly limits: AdsLimits;
}

export class AdsSession {
  readonly #protocol: Protocol;
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #settings: SessionSettings;
  readonly #silence: NodeJS.Timeout;
  #ended = false;
  #stream: ProxyStream | undefined;
  #notifyEnd: () => void = () => undefined;

  constructor(protocol: Protocol, call: ServerDuplexStream<Buffer, Buffer>, settings: SessionSettings) {
    this.#protocol = protocol;
    this.#call = call;
    this.#settings = settings;
    this.#silence = setTimeout(
      () => this.#refuse(status.DEADLINE_EXCEEDED, 'no request came after the stream was opened'),
      settings.limits.firstRequestMs,
    );
    call.on('data', (bytes: Buffer) => this.#receive(bytes));
    call.on('end', () => this.end());
    call.on('cancelled', () => this.#finish());
    // Too long a message, a broken connection: gRPC has ended the call already.
    call.on('error', () => this.#finish());
    call.on('close', () => this.#finish());
  }

  /** Undefined until the first request told whose it is. */
  get stream(): ProxyStream | undefined {
    return this.#stream;
  }

  onEnd(notify: () => void): void {
    this.#notifyEnd = notify;
  }

  end(): void {
    if (this.#ended) return;
    this.#finish();
    this.#call.end();
  }

  #receive(bytes: Buffer): void {
    if (this.#ended) return;
    clearTimeout(this.#silence);
    let decoded: DecodedRequest;
    try {
      decoded = decodeRequest(this.#protocol, bytes);
    } catch (error) {
      this.#refuse(status.INVALID_ARGUMENT, `not a discovery request: ${describeError(error)}`);
      return;
    }
    try {
      this.#handle(decoded);
    } catch (error) {
      const known = error instanceof MeshError;
      this.#refuse(known ? status.INVALID_ARGUMENT : status.INTERNAL, describeError(error));
    }
  }

  #handle({ request, node }: DecodedRequest): void {
    if (request.typeUrl === '') throw new MeshError('bad-request', 'the request has no type_url');
    const stream = (this.#stream ??= this.#open(node));
    const { limits } = this.#settings;
    const watch = stream.watch(request.typeUrl);
    if (!watch && stream.typeCount >= limits.maxTypes) {
      this.#refuse(status.RESOURCE_EXHAUSTED, `more than ${limits.maxTypes} resource types on one stream`);
      return;
    }
    const added = request.subscribe.length;
    const names =
      added > 0 ? added + (watch?.interest.names.size ?? 0) - request.unsubscribe.length : request.names.length;
    const initial = Object.keys(request.initialVersions).length;
    if (Math.max(names, initial) > limits.maxNames) {
      this.#refuse(status.RESOURCE_EXHAUSTED, `more than ${limits.maxNames} names of ${request.typeUrl}`);
      return;
    }
    stream.receive(request);
  }

  #open(node: DecodedRequest['node']): ProxyStream {
    if (!node) throw new MeshError('bad-node', 'the first request of a stream must carry the node');
    const call = this.#call;
    const transport = {
      protocol: this.#protocol,
      peer: call.getPeer(),
      write: (bytes: Buffer, flushed: () => void): void => {
        call.write(bytes, () => flushed());
      },
    };
    const stream = new ProxyStream(node(), transport, this.#settings.stream);
    this.#settings.stream.report({ kind: 'connected', node: stream.node, role: streamRole(stream.node) });
    return stream;
  }

  #refuse(code: status, details: string): void {
    if (this.#ended) return;
    this.#settings.stream.report({ kind: 'refused', peer: this.#call.getPeer(), message: details });
    this.#finish();
    this.#call.emit('error', { code, details });
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#silence);
    if (this.#stream) {
      this.#stream.close();
      const { node } = this.#stream;
      this.#settings.stream.report({ kind: 'disconnected', node, role: streamRole(node) });
    }
    this.#notifyEnd();
  }
}
