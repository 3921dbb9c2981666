// The xDS server: Envoy's aggregated discovery service over gRPC, in both protocol variants, for all proxies.
import { randomBytes } from 'node:crypto';
import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import { MeshError } from '../../lib/mesh-error.ts';
import { hostPort, type SocketAddress } from '../../lib/socket-address.ts';
import type { GenerateResources } from '../proxy-resources.ts';
import { type AdsLimits, AdsSession, defaultLimits } from './ads-session.ts';
import { type AdsCounters, type AdsEvent, type ProxyStatus, PushCounters } from './ads-status.ts';
import type { ProxyStream, StreamSettings } from './proxy-stream.ts';
import { TurnQueue } from './turn-queue.ts';
import { clearSocketPath, shareSocket } from './unix-socket.ts';
import type { Protocol } from './watch.ts';

export interface AdsOptions {
  readonly generate: GenerateResources;
  readonly report?: (event: AdsEvent) => void;
  /** How long an ACK is awaited before what depends on it goes on; 5,000 ms unless told. */
  readonly patienceMs?: number;
  readonly limits?: Partial<AdsLimits>;
}

type Call = ServerDuplexStream<Buffer, Buffer>;

const serviceName = 'envoy.service.discovery.v3.AggregatedDiscoveryService';
const closeLimitMs = 2000;

/** Bytes pass through: messages are encoded once by us and never again by gRPC. */
function method(name: string): Record<string, unknown> {
  const through = (bytes: Buffer): Buffer => bytes;
  return {
    path: `/${serviceName}/${name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: through,
    requestDeserialize: through,
    responseSerialize: through,
    responseDeserialize: through,
  };
}

export class AdsServer {
  readonly #server: Server;
  readonly #limits: AdsLimits;
  readonly #settings: StreamSettings;
  readonly #counters = new PushCounters();
  readonly #turns = new TurnQueue(() => this.#checkIdle());
  readonly #sessions: Set<AdsSession> = new Set();
  readonly #idleWaiters: Set<() => void> = new Set();

  constructor(options: AdsOptions) {
    // What gRPC would print on standard error, our errors and events carry.
    setLogVerbosity(logVerbosity.NONE);
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#settings = {
      generate: options.generate,
      patienceMs: options.patienceMs ?? 5000,
      counters: this.#counters,
      report: options.report ?? (() => undefined),
      nextNonce: nonces(),
      schedule: (stream) => this.#turns.add(stream),
    };
    this.#server = new Server({
      'grpc.max_receive_message_length': this.#limits.maxRequestBytes,
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
    });
    this.#server.addService(serviceDefinition as never, {
      StreamAggregatedResources: (call: Call) => this.#accept('sotw', call),
      DeltaAggregatedResources: (call: Call) => this.#accept('delta', call),
    });
  }

  /** Listens on one more address and returns it (`unix:PATH` or `HOST:PORT`, with the port that port 0 became). */
  async listen(address: SocketAddress): Promise<string> {
    if ('path' in address) await clearSocketPath(address.path);
    const target = 'path' in address ? `unix:${address.path}` : hostPort(address.host, address.port);
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(target, ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(new MeshError('listen-failed', `xDS server cannot listen on ${target}`, { cause: error }));
        else resolve(bound);
      });
    });
    if ('path' in address) shareSocket(address.path);
    return 'path' in address ? target : hostPort(address.host, port);
  }

  /** To be called after the configuration changed. Proxies whose resources did not change hear nothing. */
  push(): void {
    for (const stream of this.#streams()) stream.refresh();
  }

  /** Every stream that has told who it is. */
  proxies(): ProxyStatus[] {
    return [...this.#streams()].map((stream) => stream.status());
  }

  counters(): AdsCounters {
    return this.#counters.snapshot([...this.#streams()].length);
  }

  /**
   * Resolves when every connected proxy has answered (ACK or NACK) all that follows from the pushes so far. Rejects
   * with the signal's reason.
   */
  async idle(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#idleWaiters.delete(done);
        reject(signal?.reason);
      };
      const done = (): void => {
        this.#idleWaiters.delete(done);
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      this.#idleWaiters.add(done);
      signal?.addEventListener('abort', abort, { once: true });
      this.#checkIdle();
    });
  }

  /** Ends every stream with status OK, so that proxies keep what they have and reconnect; after 2 s by force. */
  async close(): Promise<void> {
    for (const session of this.#sessions) session.end();
    await new Promise<void>((resolve) => {
      const limit = setTimeout(() => {
        this.#server.forceShutdown();
        resolve();
      }, closeLimitMs);
      this.#server.tryShutdown(() => {
        clearTimeout(limit);
        resolve();
      });
    });
  }

  *#streams(): Iterable<ProxyStream> {
    for (const session of this.#sessions) if (session.stream) yield session.stream;
  }

  #accept(protocol: Protocol, call: Call): void {
    if (this.#sessions.size >= this.#limits.maxStreams) {
      const details = `this control plane already serves ${this.#limits.maxStreams} streams, its limit`;
      this.#settings.report({ kind: 'refused', peer: call.getPeer(), message: details });
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details });
      return;
    }
    const session = new AdsSession(protocol, call, { stream: this.#settings, limits: this.#limits });
    this.#sessions.add(session);
    session.onEnd(() => {
      this.#sessions.delete(session);
      if (session.stream) this.#turns.remove(session.stream);
      this.#checkIdle();
    });
  }

  #checkIdle(): void {
    if (this.#idleWaiters.size === 0 || !this.#turns.empty) return;
    for (const stream of this.#streams()) if (!stream.settled) return;
    for (const done of this.#idleWaiters) done();
  }
}

const serviceDefinition = {
  StreamAggregatedResources: method('StreamAggregatedResources'),
  DeltaAggregatedResources: method('DeltaAggregatedResources'),
};

/** A prefix that no other run of this program has: a nonce from before a restart matches nothing. */
function nonces(): () => string {
  const prefix = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${prefix}-${++count}`;
}
