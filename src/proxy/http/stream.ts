// One request and its answer on the way through the proxy: what filters, the router and the access log read and set. The verbs are the
// pipeline's (`pipeline.ts`); nobody else writes to the client.
import type { HttpConnectionManager } from '../../decide/config/http-connection-manager.ts';
import type { HttpFilter } from '../../decide/config/http-filter.ts';
import type { HeaderMap } from '../../decide/header-map.ts';
import type { FormatContext } from '../../decide/format/format-context.ts';
import type { MutableRequest } from '../../decide/request-view.ts';
import type { ClusterChoice } from '../../decide/route/choose-cluster.ts';
import type { ChosenRoute, RouteChoice, RouteChooser } from '../../decide/route/choose-route.ts';
import type { DownstreamTlsInfo, StreamInfo } from '../../decide/stream-info.ts';
import { hostPort } from '../../lib/socket-address.ts';
import type { TimerWheel } from '../../lib/timer-wheel.ts';
import type { HttpStats } from '../../telemetry/metrics/http-stats.ts';
import type { StatGroup } from '../../telemetry/metrics/metrics-registry.ts';
import type { Clusters } from '../cluster/cluster.ts';
import type { UpstreamHost } from '../cluster/upstream-host.ts';
import type { FailureRow } from '../failure.ts';
import type { ConnectionInfo } from '../listener/downstream.ts';
import type { RequestBody } from './request-body.ts';
import type { Conditioning } from './condition-request.ts';

/** What all requests of one connection manager share. */
export interface HttpServerParts extends Conditioning {
  readonly config: HttpConnectionManager;
  /** The listener's: an outbound side sends decorators on, an inbound side takes them. */
  readonly direction: 'unspecified' | 'inbound' | 'outbound';
  readonly filterChainName: string;
  readonly filters: readonly StreamFilter[];
  /** The newest; undefined: none has come yet. */
  readonly routes: () => RouteChooser | undefined;
  readonly clusters: Clusters;
  readonly stats: HttpStats;
  readonly timers: TimerWheel;
  readonly bufferLimitBytes: number;
  readonly random: () => number;
  /** Once for each request, when it is over. */
  readonly onRequestDone: (stream: HttpStream) => void;
}

/** A filter of the chain: it sees a request before the router does, and the head of its answer. One for all requests. */
export interface StreamFilter {
  /** As in the configuration: routes override settings under this name, or switch the filter off. */
  readonly config: HttpFilter;
  /** What it counts, below the connection manager's prefix. */
  readonly stats?: StatGroup;
  /** `stop`: the filter has answered, or will call `continueRequest` later. */
  onRequest(stream: HttpStream): 'continue' | 'stop';
  /** Before the head of an answer leaves, the proxy's own ones too; in reverse order of the chain. */
  onResponse?(stream: HttpStream, headers: HeaderMap): void;
  /** The request is over, whatever became of it. */
  onDone?(stream: HttpStream): void;
}

/** The request's body on its way to whoever takes it, once the filters are through. */
export interface RequestTaker {
  onRequestBody(chunk: Buffer): void;
  onRequestEnd(): void;
  /** The client takes more of the answer. */
  onClientDrain(): void;
  /** The client is gone, or was answered otherwise: give up. */
  onCancel(): void;
}

const noTls: DownstreamTlsInfo | undefined = undefined;

export abstract class HttpStream implements StreamInfo, FormatContext {
  readonly server: HttpServerParts;
  readonly info: ConnectionInfo;
  readonly request: MutableRequest;
  readonly body: RequestBody;
  readonly randomValue: number;
  /** On the process's own clock; times of the access log count from here. */
  readonly startedAtMs: number = performance.now();
  readonly protocol: string;
  /** Lower-cased protocol that the client asks to change to; empty: none. */
  upgrade = '';
  /** The client named the operation itself: the answer does not tell ours. */
  decoratorOverridden = false;
  clientIp = '';
  /** The connection ends with this answer. */
  closeAfter = false;
  routeChoice: RouteChoice | undefined;
  clusterChoice: ClusterChoice | undefined;
  taker: RequestTaker | undefined;
  responseHeaders: HeaderMap | undefined;
  responseTrailers: HeaderMap | undefined;
  responseCode = 0;
  /** The head of an answer has gone out. A code is known earlier: filters and formats read it while the head is made. */
  responseStarted = false;
  /** Of an answer in the making, before it counts as the response's. */
  headStatus = 0;
  responseCodeDetails: string | undefined;
  responseFlags = '';
  upstreamTransportFailureReason: string | undefined;
  /** Tries so far. */
  attemptCount = 0;
  /** Known, and existing. */
  upstreamCluster: string | undefined;
  host: UpstreamHost | undefined;
  upstreamLocalAddress: string | undefined;
  upstreamConnectionId: number | undefined;
  bytesReceived = 0;
  bytesSent = 0;
  requestReceivedMs: number | undefined;
  requestSentMs: number | undefined;
  responseFirstByteMs: number | undefined;
  responseReceivedMs: number | undefined;
  durationMs: number | undefined;
  done = false;

  constructor(server: HttpServerParts, info: ConnectionInfo, request: MutableRequest, parts: StreamParts) {
    this.server = server;
    this.info = info;
    this.request = request;
    this.body = parts.body;
    this.randomValue = parts.randomValue;
    this.protocol = parts.protocol;
  }

  /** A filter that had stopped the request lets it go on. */
  abstract continueRequest(): void;
  /** The final head of an answer. `end`: nothing follows. */
  abstract respond(status: number, headers: HeaderMap, end: boolean): void;
  abstract respondInformational(status: number, headers: HeaderMap): void;
  /** `owned`: the chunk does not lie in a read buffer. */
  abstract respondBody(chunk: Buffer, owned: boolean): void;
  abstract respondEnd(trailers: HeaderMap | undefined): void;
  /** The proxy's own answer. After it the request is over. */
  abstract reply(row: FailureRow, more?: ReplyOptions): void;
  /** What has begun cannot be ended in order: the client's connection is closed. */
  abstract abort(): void;
  /** An exception while this request was handled: its connection ends, and with it the request. */
  abstract onMishap(): void;
  /** True while the client does not take the answer as fast as it comes. */
  abstract get clientFull(): boolean;
  /** Lets out what was written; for those who act on a timer. */
  abstract flush(): void;
  abstract pauseRequest(): void;
  abstract resumeRequest(): void;

  get chosen(): ChosenRoute | undefined {
    return this.routeChoice?.kind === 'route' ? this.routeChoice.chosen : undefined;
  }

  /** Milliseconds since the request began. */
  elapsedMs(): number {
    return performance.now() - this.startedAtMs;
  }

  addFlag(flag: string): void {
    if (flag === '') return;
    this.responseFlags = this.responseFlags === '' ? flag : `${this.responseFlags},${flag}`;
  }

  get stream(): StreamInfo {
    return this;
  }

  get downstreamTls(): DownstreamTlsInfo | undefined {
    return noTls;
  }

  get downstreamRemoteAddress(): string {
    const { remote } = this.info;
    return this.clientIp === '' || this.clientIp === remote.ip
      ? hostPort(remote.ip, remote.port)
      : hostPort(this.clientIp, 0);
  }

  get downstreamDirectRemoteAddress(): string {
    return hostPort(this.info.remote.ip, this.info.remote.port);
  }

  get downstreamLocalAddress(): string {
    return hostPort(this.info.local.ip, this.info.local.port);
  }

  get requestedServerName(): string | undefined {
    return this.info.serverName === '' ? undefined : this.info.serverName;
  }

  get connectionId(): number {
    return this.info.id;
  }

  get startTimeMs(): number {
    return performance.timeOrigin + this.startedAtMs;
  }

  get upstreamHost(): string | undefined {
    return this.host?.key;
  }

  get upstreamHostName(): string | undefined {
    const { host } = this;
    return host && (host.endpoint.hostname === '' ? host.key : host.endpoint.hostname);
  }

  get upstreamProtocol(): string | undefined {
    return this.upstreamConnectionId === undefined ? undefined : 'HTTP/1.1';
  }

  get routeName(): string | undefined {
    const name = this.chosen?.route.name;
    return name === '' ? undefined : name;
  }

  get filterChainName(): string {
    return this.server.filterChainName;
  }

  get listenerName(): string {
    return this.info.listener;
  }
}

export interface StreamParts {
  readonly body: RequestBody;
  readonly randomValue: number;
  /** `HTTP/1.1` or `HTTP/1.0`. */
  readonly protocol: string;
}

export interface ReplyOptions {
  /** Beyond what every answer has. */
  readonly headers?: HeaderMap | undefined;
  readonly status?: number | undefined;
  readonly body?: Buffer | undefined;
  /** The route's response header operations are left out. */
  readonly withoutRouteHeaders?: boolean | undefined;
  /** Works on the headers that the answer has by itself. */
  readonly finalize?: ((headers: HeaderMap) => void) | undefined;
  /** The gRPC status where it does not follow from the HTTP one. */
  readonly grpcStatus?: number | undefined;
}
