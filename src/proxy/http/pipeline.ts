// A request's way through the proxy, and its answer's way back, step by step.
//
//   head -> checks -> conditioned headers -> route -> filters in order -> router -> upstream
//   client <- conditioned headers <- filters in reverse order <- upstream's answer, or our own (`reply`)
//
// `connection.ts` feeds it with what the codec reads, and writes what comes out; `forward.ts` talks to the upstream.
import { HeaderMap } from '../../decide/header-map.ts';
import { completeReply } from '../../decide/local-reply.ts';
import type { MutableRequest } from '../../decide/request-view.ts';
import { chooseCluster } from '../../decide/route/choose-cluster.ts';
import { isFilterDisabled } from '../../decide/route/filter-config.ts';
import { finalizeResponse } from '../../decide/route/finalize-request.ts';
import { maxStreamDuration } from '../../decide/route/max-stream-duration.ts';
import { joinSingleHeaders, singleInRequests } from '../../decide/single-headers.ts';
import { type FailureRow, failures, statusOf } from '../failure.ts';
import { flushOutlets } from '../outlet.ts';
import { checkRequest, mayUpgrade } from './check-request.ts';
import { conditionRequest } from './condition-request.ts';
import { conditionResponse } from './condition-response.ts';
import { decorateRequest } from './decorator.ts';
import { normaliseRequest } from './normalise-request.ts';
import { HttpStream, type HttpServerParts, type ReplyOptions, type StreamParts } from './stream.ts';
import type { StreamConnection } from './stream-connection.ts';

export class Pipeline extends HttpStream {
  readonly #connection: StreamConnection;
  /** The filter whose turn it is. */
  #turn = 0;

  constructor(server: HttpServerParts, connection: StreamConnection, request: MutableRequest, parts: StreamParts) {
    super(server, connection.info, request, parts);
    this.#connection = connection;
  }

  start(): void {
    const { server, request } = this;
    joinSingleHeaders(request.headers, singleInRequests);
    const problem = checkRequest(this);
    this.clientIp = conditionRequest(server, request, this.#connection.peer);
    if (problem) return this.reply(problem);
    if (!normaliseRequest(this)) return;
    this.#chooseRoute();
    if (this.upgrade !== '' && !mayUpgrade(this)) return this.reply(failures['upgrade-refused']);
    decorateRequest(this);
    this.continueRequest();
  }

  /** One choice for all: filters have settings by route, and by weighted cluster. */
  #chooseRoute(): void {
    const choice = this.server.routes()?.choose(this.request, this, this.randomValue);
    this.routeChoice = choice;
    if (choice?.kind !== 'route') return;
    const { action } = choice.chosen.route;
    if (action.kind !== 'forward') return;
    this.clusterChoice = chooseCluster(action, this.request, this.randomValue);
    const { maxStreamDurationMs } = this.server.config.timeouts;
    this.#connection.limitStream(action.idleTimeoutMs, maxStreamDuration(action, this.request, maxStreamDurationMs));
  }

  override continueRequest(): void {
    const { filters } = this.server;
    while (this.#turn < filters.length && !this.done) {
      const filter = filters[this.#turn++]!;
      if (isFilterDisabled(filter.config, this.chosen, this.clusterChoice)) continue;
      if (filter.onRequest(this) === 'stop') return;
    }
  }

  override respond(status: number, headers: HeaderMap, end: boolean): void {
    const { filters } = this.server;
    for (let at = Math.min(this.#turn, filters.length) - 1; at >= 0; at--) filters[at]!.onResponse?.(this, headers);
    this.responseCode = status;
    this.headStatus = status;
    this.responseHeaders = headers;
    conditionResponse(this, headers);
    this.#connection.writeHead(this, headers, end);
    this.responseStarted = true;
    if (end) this.#finish();
  }

  override respondInformational(status: number, headers: HeaderMap): void {
    this.#connection.writeInformational(status, headers);
  }

  override respondBody(chunk: Buffer, owned: boolean): void {
    this.bytesSent += chunk.length;
    this.#connection.writeBody(chunk, owned);
  }

  override respondEnd(trailers: HeaderMap | undefined): void {
    this.responseTrailers = trailers;
    this.#connection.writeEnd(trailers);
    this.#finish();
  }

  override reply(row: FailureRow, options: ReplyOptions = {}): void {
    this.addFlag(row.flag);
    this.responseCodeDetails = row.details;
    const meant = options.status ?? statusOf(row, this.body.ended);
    const headers = options.headers ?? new HeaderMap();
    this.headStatus = meant;
    this.responseHeaders = headers;
    if (this.chosen && !options.withoutRouteHeaders) finalizeResponse(this.chosen, this.clusterChoice, headers, this);
    options.finalize?.(headers);
    // As Envoy has it, whoever answers 400: something about the message was wrong.
    if (meant === 400) this.closeAfter = true;
    const { status, body } = completeReply(this.request, {
      status: meant,
      headers,
      body: options.body ?? Buffer.from(row.body),
      grpcStatus: options.grpcStatus ?? row.grpcStatus,
    });
    this.respond(status, headers, body === undefined);
    if (body === undefined) return;
    this.respondBody(body, true);
    this.respondEnd(undefined);
  }

  override abort(): void {
    this.#finish();
    this.#connection.closeNow();
  }

  /** Without the filters: one of them may be what failed. */
  replyToMishap(): void {
    this.#turn = 0;
    this.reply(failures['internal-error'], { withoutRouteHeaders: true });
  }

  override onMishap(): void {
    if (!this.done) this.#connection.onMishap();
  }

  /** The client has gone, or its connection was given up. */
  cancel(details: string, flag: string): void {
    if (this.done) return;
    this.addFlag(flag);
    this.responseCodeDetails = details;
    this.#finish();
  }

  #finish(): void {
    if (this.done) return;
    this.done = true;
    this.durationMs = this.elapsedMs();
    try {
      this.taker?.onCancel();
      for (const filter of this.server.filters) filter.onDone?.(this);
    } finally {
      this.#connection.onStreamDone(this);
      this.server.onRequestDone(this);
    }
  }

  override get clientFull(): boolean {
    return this.#connection.full;
  }

  override flush(): void {
    flushOutlets();
  }

  override pauseRequest(): void {
    this.#connection.pauseRequest();
  }

  override resumeRequest(): void {
    this.#connection.resumeRequest();
  }
}
