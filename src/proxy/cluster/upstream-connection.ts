// One HTTP/1.1 connection to a host: opened for a pool, used by one request after the other.
import type { ClusterConfig } from '../../decide/config/cluster.ts';
import type { Address } from '../../decide/config/value.ts';
import type { HeaderMap } from '../../decide/header-map.ts';
import { hostPort } from '../../lib/socket-address.ts';
import { Timer, type TimerWheel } from '../../lib/timer-wheel.ts';
import type { ClusterStats } from '../../telemetry/metrics/cluster-stats.ts';
import type { ResetReason } from '../failure.ts';
import { defaultLimits, type Http1Limits, maxResponseHeadBytes } from '../http1/limits.ts';
import type { ResponseHead } from '../http1/message.ts';
import { ResponseParser } from '../http1/response-parser.ts';
import { type ByteSink, RawSocket } from '../listener/raw-socket.ts';
import { flushOutlets, Outlet } from '../outlet.ts';
import { beginRead, ReadSource } from '../read-buffer.ts';
import { connectProblem } from './connect-problem.ts';

export interface ConnectionSettings {
  readonly config: ClusterConfig;
  readonly stats: ClusterStats;
  readonly timers: TimerWheel;
}

/** The pool, as its connections see it. */
export interface ConnectionOwner {
  onReady(connection: UpstreamConnection, justConnected: boolean): void;
  onConnectFailure(connection: UpstreamConnection, reason: ResetReason, transport: string): void;
  onClosed(connection: UpstreamConnection): void;
}

/** Who uses a connection for one request. After `onUpstreamEnd` or `onUpstreamReset` nothing more comes. */
export interface UpstreamUser {
  onUpstreamHead(head: ResponseHead): void;
  /** 100, 102, 103. */
  onUpstreamInformational(head: ResponseHead): void;
  /** The chunk lies in the read buffer. */
  onUpstreamBody(chunk: Buffer): void;
  /** The connection is still this request's; it is given back with `release`. */
  onUpstreamEnd(trailers: HeaderMap | undefined): void;
  onUpstreamReset(reason: ResetReason, transport: string): void;
  /** What was written has left. */
  onUpstreamDrain(): void;
}

let lastId = 0;

export class UpstreamConnection implements ByteSink {
  readonly id: number = ++lastId;
  readonly outlet: Outlet;
  localAddress: string | undefined;
  /** It is closed after the request that it serves. */
  lastRequest = false;
  readonly #raw = new RawSocket();
  readonly #source = new ReadSource();
  readonly #settings: ConnectionSettings;
  readonly #owner: ConnectionOwner;
  readonly #parser: ResponseParser;
  readonly #timer: Timer;
  readonly #startedAtMs = performance.now();
  #state: 'connecting' | 'idle' | 'busy' | 'closed' = 'connecting';
  #user: UpstreamUser | undefined;
  #idleSinceMs = 0;
  #trailers: HeaderMap | undefined;
  #requests = 0;
  #timedOut = false;
  #tunnel = false;
  #parsing = false;
  #released = false;
  /** The pool knows that it is open. */
  #announced = false;

  constructor(settings: ConnectionSettings, address: Address, owner: ConnectionOwner) {
    this.#settings = settings;
    this.#owner = owner;
    this.outlet = new Outlet(this.#raw.socket);
    this.#timer = new Timer(() => this.#onTimer(), this);
    this.#parser = new ResponseParser(responseLimits(settings.config), {
      onInformational: (head) => this.#user?.onUpstreamInformational(head),
      onResponse: (head) => this.#onHead(head),
      onBody: (chunk) => this.#user?.onUpstreamBody(chunk),
      onTrailers: (trailers) => (this.#trailers = trailers),
      onEnd: () => this.#onMessageEnd(),
      onError: () => this.#onProtocolError(),
    });
    this.#raw.sink = this;
    this.#connect(address);
  }

  get connected(): boolean {
    return this.#state !== 'connecting' && this.#state !== 'closed';
  }

  #connect(address: Address): void {
    const { socket } = this.#raw;
    const { bindAddress, connectTimeoutMs } = this.#settings.config;
    socket.once('connect', () => this.#onConnected());
    if (address.kind === 'pipe') socket.connect({ path: address.path });
    else {
      const localAddress = bindAddress?.kind === 'socket' ? bindAddress.host : undefined;
      socket.connect({
        host: address.host,
        port: address.port,
        ...(localAddress === undefined ? {} : { localAddress }),
      });
      socket.setNoDelay(true);
    }
    this.#settings.timers.start(this.#timer, connectTimeoutMs);
  }

  #onConnected(): void {
    try {
      this.#onConnect();
    } catch (error) {
      this.#raw.fail(error);
    }
  }

  #onConnect(): void {
    const { localAddress, localPort } = this.#raw.socket;
    // A Unix socket has none.
    this.localAddress = localAddress === undefined ? undefined : hostPort(localAddress, localPort ?? 0);
    this.#settings.stats.histograms.upstream_cx_connect_ms.add(performance.now() - this.#startedAtMs);
    this.#becomeIdle();
    this.#raw.start();
    this.#settings.timers.stop(this.#timer);
    this.#watchIdle();
    this.#announced = true;
    this.#owner.onReady(this, true);
    flushOutlets();
  }

  /** Begins a request: what the parser has to know of it to read the answer. */
  use(user: UpstreamUser, method: string, upgrade: boolean): void {
    this.#state = 'busy';
    this.#user = user;
    this.#requests += 1;
    const { maxRequestsPerConnection } = this.#settings.config.http;
    if (maxRequestsPerConnection > 0 && this.#requests >= maxRequestsPerConnection) {
      this.lastRequest = true;
      this.#settings.stats.counters.upstream_cx_max_requests++;
    }
    this.#parser.expect(method, upgrade);
  }

  /** The request is over on both sides: on to the next one, unless something speaks against it. */
  release(): void {
    this.#user = undefined;
    this.#released = true;
    if (!this.#parsing) this.#giveBack();
  }

  /** Not before all that was read is looked at: bytes behind an answer must not become the next request's answer. */
  #giveBack(): void {
    this.#released = false;
    if (this.#state === 'closed') return;
    if (this.lastRequest) return this.close();
    this.#becomeIdle();
    this.#owner.onReady(this, false);
  }

  pauseReading(): void {
    this.#raw.stopReading();
    this.#settings.stats.counters.upstream_flow_control_paused_reading_total++;
  }

  resumeReading(): void {
    this.#raw.resumeReading();
    this.#settings.stats.counters.upstream_flow_control_resumed_reading_total++;
  }

  /** Whoever uses it gets nothing more. */
  close(): void {
    this.#user = undefined;
    this.#settings.stats.counters.upstream_cx_destroy_local++;
    this.#raw.socket.destroy();
    this.#leave();
  }

  #becomeIdle(): void {
    this.#state = 'idle';
    this.#idleSinceMs = performance.now();
  }

  onData(buffer: Buffer, length: number): void {
    this.#settings.stats.counters.upstream_cx_rx_bytes_total += length;
    if (this.#state !== 'busy') return this.#onProtocolError();
    beginRead(this.#source, length);
    this.#parsing = true;
    this.#parser.execute(buffer, 0, length);
    this.#parsing = false;
    if (this.#released) this.#giveBack();
    flushOutlets();
  }

  readBuffer(): Buffer | undefined {
    return this.#source.next();
  }

  #onHead(head: ResponseHead): void {
    if (!head.keepAlive) this.lastRequest = true;
    this.#tunnel = head.body === 'tunnel';
    this.#user?.onUpstreamHead(head);
  }

  #onMessageEnd(): void {
    const trailers = this.#trailers;
    this.#trailers = undefined;
    this.#user?.onUpstreamEnd(trailers);
  }

  #onProtocolError(): void {
    if (this.#state === 'closed') return;
    this.#settings.stats.counters.upstream_cx_protocol_error++;
    this.#fail('protocol error', '');
  }

  onDrain(): void {
    this.#user?.onUpstreamDrain();
    flushOutlets();
  }

  onMishap(): void {
    this.#parsing = false;
    if (!this.#announced) this.#failToOpen({ reason: 'internal error', transport: '' });
    else if (this.#state !== 'closed') this.#fail('internal error', '');
    flushOutlets();
  }

  onEnd(): void {
    this.#finish();
    flushOutlets();
  }

  onClose(error: Error | undefined): void {
    if (!this.#announced) this.#failToOpen(connectProblem(this.#timedOut, error));
    else this.#finish();
    flushOutlets();
  }

  #failToOpen({ reason, transport }: { readonly reason: ResetReason; readonly transport: string }): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#source.close();
    this.#settings.timers.stop(this.#timer);
    this.#raw.socket.destroy();
    this.#owner.onConnectFailure(this, reason, transport);
  }

  /** The end of the connection is the end of the body where nothing else tells it. */
  #finish(): void {
    this.lastRequest = true;
    if (this.#state === 'busy' && !this.#tunnel) this.#parser.finish();
    if (this.#state !== 'closed') this.#fail('connection termination', '');
  }

  /** The connection is of no use any more, and its request fails with it. */
  #fail(reason: ResetReason, transport: string): void {
    const user = this.#user;
    this.#user = undefined;
    this.#settings.stats.counters.upstream_cx_destroy_remote++;
    if (user) this.#settings.stats.counters.upstream_cx_destroy_with_active_rq++;
    this.#raw.socket.destroy();
    this.#leave();
    user?.onUpstreamReset(reason, transport);
  }

  #leave(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#source.close();
    const { counters, histograms } = this.#settings.stats;
    counters.upstream_cx_tx_bytes_total += this.outlet.bytesWritten;
    histograms.upstream_cx_length_ms.add(performance.now() - this.#startedAtMs);
    histograms.upstream_rq_per_cx.add(this.#requests);
    this.#settings.timers.stop(this.#timer);
    this.#owner.onClosed(this);
  }

  #watchIdle(): void {
    const { idleTimeoutMs } = this.#settings.config.http;
    if (idleTimeoutMs > 0) this.#settings.timers.start(this.#timer, idleTimeoutMs);
  }

  /** While connecting: too late. Later: looked at now and then, instead of being started over with every request. */
  #onTimer(): void {
    if (this.#state === 'connecting') {
      this.#timedOut = true;
      this.#settings.stats.counters.upstream_cx_connect_timeout++;
      this.#raw.socket.destroy();
      return;
    }
    const { idleTimeoutMs } = this.#settings.config.http;
    const idleMs = this.#state === 'idle' ? performance.now() - this.#idleSinceMs : 0;
    if (idleMs < idleTimeoutMs) return this.#settings.timers.start(this.#timer, idleTimeoutMs - idleMs);
    this.#settings.stats.counters.upstream_cx_idle_timeout++;
    this.close();
  }
}

function responseLimits({ http }: ClusterConfig): Http1Limits {
  return { ...defaultLimits, maxHeadBytes: maxResponseHeadBytes, maxHeaders: http.maxResponseHeadersCount };
}
