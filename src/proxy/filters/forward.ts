// A request on its way to a cluster: tries, waits, tries again, and brings back one answer (Envoy's router filter).
import type { ForwardAction } from '../../decide/config/route-action.ts';
import type { RouterConfig } from '../../decide/config/router.ts';
import type { HeaderMap } from '../../decide/header-map.ts';
import { isHostRefused, type RetryDecision, type RetryState, startRetries } from '../../decide/retry.ts';
import { finalizeRequest, finalizeResponse } from '../../decide/route/finalize-request.ts';
import { type RequestHash, requestHash } from '../../decide/route/request-hash.ts';
import { replaceHost } from '../../decide/route/rewrite-host.ts';
import { type RequestTimeouts, requestTimeouts, setExpectedTimeout } from '../../decide/route/timeouts.ts';
import { joinSingleHeaders, singleInResponses } from '../../decide/single-headers.ts';
import { Timer } from '../../lib/timer-wheel.ts';
import { countAnswer } from '../../telemetry/metrics/cluster-stats.ts';
import type { ClusterHandle } from '../cluster/cluster.ts';
import type { UpstreamHost } from '../cluster/upstream-host.ts';
import { type FailureRow, failures, resetDetails, resetFailure, resetFlag, type ResetReason } from '../failure.ts';
import type { ResponseHead } from '../http1/message.ts';
import { requestHeadText } from '../http/head-text.ts';
import type { HttpStream, RequestTaker } from '../http/stream.ts';
import { Attempt, type AttemptEvents } from './attempt.ts';
import { type Shadow, startMirrors } from './mirror.ts';
import { RetryGate } from './retry-gate.ts';

const noHash: RequestHash = { hash: undefined, setCookies: [] };
const noMirrors: readonly Shadow[] = Object.freeze([]);

export function forward(stream: HttpStream, action: ForwardAction, router: RouterConfig): void {
  const name = stream.clusterChoice?.cluster ?? '';
  const cluster = stream.server.clusters.get(name);
  if (cluster) {
    stream.upstreamCluster = name;
    return new Forward(stream, action, router, cluster).start();
  }
  stream.server.stats.counters.no_cluster++;
  stream.reply(failures['cluster-not-found'], { status: action.clusterNotFoundStatus });
}

class Forward implements RequestTaker, AttemptEvents {
  readonly #stream: HttpStream;
  readonly #action: ForwardAction;
  readonly #router: RouterConfig;
  readonly #cluster: ClusterHandle;
  readonly #limitBytes: number;
  #timeouts!: RequestTimeouts;
  #hash!: RequestHash;
  #retries: RetryState | undefined;
  readonly #gate: RetryGate;
  #attempt: Attempt | undefined;
  /** Copies for mirrors are made from the kept body. */
  #mirrors: readonly Shadow[] = noMirrors;
  #requestEndedAtMs = 0;
  #routeTimer: Timer | undefined;
  #tryTimer: Timer | undefined;
  #clientPaused = false;
  #upstreamPaused = false;
  /** As Envoy has it, the first of 100, 102, 103 and 104 is passed on, and no other. */
  #informed = false;
  #over = false;

  constructor(stream: HttpStream, action: ForwardAction, router: RouterConfig, cluster: ClusterHandle) {
    this.#stream = stream;
    this.#action = action;
    this.#router = router;
    this.#cluster = cluster;
    this.#gate = new RetryGate(cluster, action.priority, stream.server);
    const { route, virtualHost } = stream.chosen!;
    this.#limitBytes =
      route.perRequestBufferLimitBytes ?? virtualHost.perRequestBufferLimitBytes ?? stream.server.bufferLimitBytes;
  }

  start(): void {
    const stream = this.#stream;
    const { request } = stream;
    const chosen = stream.chosen!;
    const policy = this.#action.retryPolicy ?? chosen.virtualHost.retryPolicy;
    stream.server.stats.counters.rq_total++;
    this.#timeouts = requestTimeouts(this.#action, policy, request, this.#router);
    this.#hash = this.#cluster.usesHash ? requestHash(this.#action.hashPolicies, request, stream) : noHash;
    const keepOriginal = !this.#router.suppressEnvoyHeaders;
    const parts = { chosen, action: this.#action, cluster: stream.clusterChoice! };
    finalizeRequest(parts, request, stream, keepOriginal);
    this.#retries = startRetries(policy, request);
    this.#tellTry(1);
    this.#mirrors = startMirrors(stream, this.#action);
    stream.taker = this;
    const drop = overload(this.#cluster.dropShare, stream.server.random);
    if (drop) return this.#fail(drop);
    if (stream.body.ended) this.#onWholeRequest();
    if (!this.#over) this.#try();
  }

  /** Only what may be needed again is kept. */
  get #keepsBody(): boolean {
    return this.#retries !== undefined || this.#mirrors.length > 0 || !this.#attempt?.ready;
  }

  #try(): void {
    const stream = this.#stream;
    const host = this.#cluster.pick({
      hash: this.#hash.hash,
      originalDestination: originalDestination(stream),
      refuses: this.#retries && stream.attemptCount > 0 ? this.#refuses : undefined,
      maxAttempts: this.#retries?.policy.hostSelectionMaxAttempts,
    });
    stream.host = host;
    if (!host) {
      this.#cluster.stats.counters.upstream_cx_none_healthy++;
      return this.#fail(failures['no-healthy-upstream']);
    }
    stream.attemptCount += 1;
    this.#retries?.attempted.add(host);
    if (stream.attemptCount > 1) this.#tellTry(stream.attemptCount);
    this.#rewriteHost(host);
    const { priority } = this.#action;
    const target = {
      cluster: this.#cluster,
      host,
      priority,
      method: stream.request.method,
      upgrade: stream.upgrade !== '',
    };
    this.#attempt = new Attempt(target, this);
    if (stream.body.ended) this.#startTryTimer();
    this.#attempt.start();
  }

  readonly #refuses = (host: UpstreamHost): boolean => isHostRefused(this.#retries!, host);

  /** What the upstream is told of this try. */
  #tellTry(attempt: number): void {
    const { request, chosen } = this.#stream;
    const { suppressEnvoyHeaders } = this.#router;
    const elapsedMs = this.#requestEndedAtMs === 0 ? 0 : performance.now() - this.#requestEndedAtMs;
    setExpectedTimeout(this.#action, request, this.#timeouts, { elapsedMs, suppressEnvoyHeaders });
    const { includeRequestAttemptCount } = chosen!.virtualHost;
    if (includeRequestAttemptCount) request.headers.set('x-envoy-attempt-count', String(attempt));
  }

  /** By the host's own name, where the route says so. */
  #rewriteHost(host: UpstreamHost): void {
    if (this.#action.hostRewrite?.kind !== 'auto') return;
    const { request } = this.#stream;
    const { suppressEnvoyHeaders } = this.#router;
    const { hostname } = host.endpoint;
    if (hostname !== '' && hostname !== request.authority) {
      const appendForwardedHost = this.#action.appendXForwardedHost;
      replaceHost(request, hostname, { appendForwardedHost, keepOriginal: !suppressEnvoyHeaders });
    }
  }

  onAttemptReady(attempt: Attempt): void {
    const stream = this.#stream;
    const { body } = stream;
    stream.upstreamConnectionId = attempt.connection!.id;
    stream.upstreamLocalAddress = attempt.connection!.localAddress;
    attempt.sendHead(requestHeadText(stream.request, body), body.chunked);
    for (const chunk of body.chunks) attempt.sendBody(chunk, true);
    if (!this.#keepsBody) body.drop();
    if (body.ended) this.#sendEnd(attempt);
    if (this.#clientPaused && !attempt.full) this.#resumeClient();
  }

  onRequestBody(chunk: Buffer): void {
    const attempt = this.#attempt;
    const { body } = this.#stream;
    if (this.#keepsBody) {
      if (attempt?.ready && body.bytes + chunk.length > this.#limitBytes) this.#stopKeeping();
      else body.keep(chunk);
    }
    if (attempt?.ready) attempt.sendBody(chunk, false);
    const full = attempt?.ready ? attempt.full : body.bytes >= this.#limitBytes;
    if (full && !this.#clientPaused) {
      this.#clientPaused = true;
      this.#stream.pauseRequest();
    }
  }

  /** Too long to be sent again, or to be copied. */
  #stopKeeping(): void {
    this.#cluster.stats.counters.retry_or_shadow_abandoned++;
    this.#retries = undefined;
    this.#mirrors = noMirrors;
    this.#stream.body.drop();
  }

  onRequestEnd(): void {
    this.#onWholeRequest();
    if (this.#over) return;
    this.#startTryTimer();
    if (this.#attempt?.ready) this.#sendEnd(this.#attempt);
  }

  #onWholeRequest(): void {
    this.#requestEndedAtMs = performance.now();
    for (const mirror of this.#mirrors) mirror.send(this.#stream.body);
    this.#mirrors = noMirrors;
    if (this.#timeouts.globalMs === 0) return;
    this.#routeTimer = new Timer(() => this.#onRouteTimeout(), this.#stream);
    this.#stream.server.timers.start(this.#routeTimer, this.#timeouts.globalMs);
  }

  #sendEnd(attempt: Attempt): void {
    attempt.sendEnd(this.#stream.body.trailers);
    this.#stream.requestSentMs = this.#stream.elapsedMs();
  }

  #startTryTimer(): void {
    if (this.#timeouts.perTryMs === 0) return;
    this.#tryTimer ??= new Timer(() => this.#onTryTimeout(), this.#stream);
    this.#stream.server.timers.start(this.#tryTimer, this.#timeouts.perTryMs);
  }

  onAttemptDrain(): void {
    if (this.#clientPaused) this.#resumeClient();
  }

  #resumeClient(): void {
    this.#clientPaused = false;
    this.#stream.resumeRequest();
  }

  onClientDrain(): void {
    if (!this.#upstreamPaused) return;
    this.#upstreamPaused = false;
    this.#attempt?.resumeReading();
  }

  onAttemptInformational(head: ResponseHead): void {
    if (!this.#stream.server.config.proxy100Continue || this.#informed || head.status > 104) return;
    this.#informed = true;
    this.#stream.respondInformational(head.status, head.headers);
    this.#steerUpstream();
  }

  onAttemptHead(head: ResponseHead): void {
    const { status, headers } = head;
    joinSingleHeaders(headers, singleInResponses);
    if (this.#retries) {
      const decision = this.#gate.onResponse(this.#retries, status, headers);
      if (decision.kind === 'retry') {
        this.#cluster.stats.retry.add(status);
        return this.#again(decision.delayMs);
      }
      this.#noteRefusal(decision);
      this.#retries = undefined;
    }
    if (this.#mirrors.length === 0) this.#stream.body.drop();
    this.#gate.onFinal();
    const stream = this.#stream;
    stream.headStatus = status;
    stream.responseCodeDetails = 'via_upstream';
    stream.responseFirstByteMs = stream.elapsedMs();
    stream.responseCode = status;
    stream.responseHeaders = headers;
    this.#finishHeaders(headers);
    this.#countResponse(status);
    stream.respond(status, headers, false);
  }

  #finishHeaders(headers: HeaderMap): void {
    const stream = this.#stream;
    if (!this.#router.suppressEnvoyHeaders && this.#requestEndedAtMs > 0) {
      const ms = Math.trunc(performance.now() - this.#requestEndedAtMs);
      headers.set('x-envoy-upstream-service-time', String(ms));
    }
    const chosen = stream.chosen!;
    if (chosen.virtualHost.includeAttemptCountInResponse) {
      headers.set('x-envoy-attempt-count', String(stream.attemptCount));
    }
    for (const cookie of this.#hash.setCookies) headers.add('set-cookie', cookie);
    finalizeResponse(chosen, stream.clusterChoice, headers, stream);
  }

  #countResponse(status: number): void {
    const isInternal = this.#stream.request.headers.get('x-envoy-internal') === 'true';
    const timeMs = this.#requestEndedAtMs > 0 ? performance.now() - this.#requestEndedAtMs : undefined;
    countAnswer(this.#cluster.stats, status, isInternal, timeMs);
  }

  onAttemptBody(chunk: Buffer): void {
    this.#stream.respondBody(chunk, false);
    this.#steerUpstream();
  }

  #steerUpstream(): void {
    if (!this.#stream.clientFull || this.#upstreamPaused) return;
    this.#upstreamPaused = true;
    this.#attempt?.pauseReading();
  }

  onAttemptEnd(trailers: HeaderMap | undefined): void {
    this.#stream.responseReceivedMs = this.#stream.elapsedMs();
    if (this.#upstreamPaused) this.onClientDrain();
    this.#stream.respondEnd(trailers);
  }

  onAttemptReset(reason: ResetReason, transport: string): void {
    const stream = this.#stream;
    if (reason === 'internal error') return stream.onMishap();
    if (stream.responseStarted) {
      stream.addFlag(resetFlag(reason));
      stream.responseCodeDetails = resetDetails('after', reason, transport);
      return stream.abort();
    }
    stream.upstreamTransportFailureReason = transport === '' ? undefined : transport;
    if (this.#retries) {
      const decision = this.#gate.onReset(this.#retries, reason, this.#attempt?.sent ?? false);
      if (decision.kind === 'retry') return this.#again(decision.delayMs);
      this.#noteRefusal(decision);
    }
    this.#fail(resetFailure(reason, transport, stream.attemptCount));
  }

  onAttemptMishap(): void {
    this.#stream.onMishap();
  }

  #noteRefusal(decision: Exclude<RetryDecision, { kind: 'retry' }>): void {
    if (decision.reason === 'limit-exceeded') this.#stream.addFlag('URX');
    else if (decision.reason === 'overflow') this.#stream.addFlag('UO');
  }

  /** The answer to the last try is not wanted. */
  #again(delayMs: number): void {
    this.#attempt?.cancel();
    this.#attempt = undefined;
    this.#stopTimer(this.#tryTimer);
    const again = (): void => {
      this.#try();
      this.#stream.flush();
    };
    this.#gate.wait(delayMs, again, this.#stream);
  }

  #onTryTimeout(): void {
    if (this.#stream.responseStarted || !this.#attempt) return;
    const { counters } = this.#cluster.stats;
    counters.upstream_rq_per_try_timeout++;
    const decision = this.#retries && this.#gate.onReset(this.#retries, 'local reset', this.#attempt.sent);
    if (decision?.kind === 'retry') this.#again(decision.delayMs);
    else {
      if (decision) this.#noteRefusal(decision);
      this.#fail(failures['per-try-timeout']);
    }
    this.#stream.flush();
  }

  #onRouteTimeout(): void {
    this.#cluster.stats.counters.upstream_rq_timeout++;
    const stream = this.#stream;
    if (stream.responseStarted) {
      stream.addFlag('UT');
      stream.responseCodeDetails = 'response_timeout';
      stream.abort();
    } else this.#fail(failures['response-timeout']);
    stream.flush();
  }

  /** The proxy answers itself, as the cluster's answer. */
  #fail(row: FailureRow): void {
    if (typeof row.status === 'number') this.#countResponse(row.status);
    const overflow = row.flag === 'UO';
    this.#stream.reply(row, {
      finalize: (headers) => {
        if (row === failures['drop-overload']) headers.set('x-envoy-drop-overload', 'true');
        if (row === failures['unconditional-drop']) headers.set('x-envoy-unconditional-drop-overload', 'true');
        if (overflow && !this.#router.suppressEnvoyHeaders) headers.set('x-envoy-overloaded', 'true');
        const { includeAttemptCountInResponse } = this.#stream.chosen!.virtualHost;
        if (includeAttemptCountInResponse) headers.set('x-envoy-attempt-count', String(this.#stream.attemptCount));
      },
    });
  }

  onCancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#attempt?.cancel();
    this.#gate.close();
    this.#stopTimer(this.#routeTimer);
    this.#stopTimer(this.#tryTimer);
    this.#stream.body.drop();
  }

  #stopTimer(timer: Timer | undefined): void {
    if (timer) this.#stream.server.timers.stop(timer);
  }
}

/** Endpoints may come with a share of requests that are not to be sent at all. */
function overload(share: number, random: () => number): FailureRow | undefined {
  if (share === 0) return undefined;
  if (share >= 1) return failures['unconditional-drop'];
  return random() < share ? failures['drop-overload'] : undefined;
}

function originalDestination({ info }: HttpStream) {
  if (!info.wasRedirected) return undefined;
  return { kind: 'socket', host: info.local.ip, port: info.local.port } as const;
}
