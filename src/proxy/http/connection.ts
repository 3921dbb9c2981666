// A client's HTTP/1.1 connection: bytes to requests, one after the other, and answers to bytes. What happens in between is the pipeline's.
import { HeaderMap } from '../../decide/header-map.ts';
import { streamRandom } from '../../decide/match/fraction.ts';
import { failures } from '../failure.ts';
import type { RequestHead } from '../http1/message.ts';
import { type Http1Problem, http1Problems } from '../http1/problem.ts';
import { RequestParser } from '../http1/request-parser.ts';
import type { ConnectionInfo, Downstream } from '../listener/downstream.ts';
import type { ByteSink } from '../listener/raw-socket.ts';
import { flushOutlets, Outlet } from '../outlet.ts';
import { beginRead, ReadSource } from '../read-buffer.ts';
import { ownAddress } from './client-address.ts';
import type { Peer } from './condition-request.ts';
import { ConnectionTimers } from './connection-timers.ts';
import { endText, informationalText, responseHeadText } from './head-text.ts';
import { Pipeline } from './pipeline.ts';
import { RequestBody } from './request-body.ts';
import { requestLimits } from './request-limits.ts';
import type { HttpServerParts } from './stream.ts';
import type { StreamConnection } from './stream-connection.ts';

/** How an answer's body goes out. */
type Framing = 'none' | 'length' | 'chunked' | 'raw';

export class HttpConnection implements ByteSink, StreamConnection {
  readonly info: ConnectionInfo;
  readonly peer: Peer;
  readonly #server: HttpServerParts;
  readonly #downstream: Downstream;
  readonly #outlet: Outlet;
  readonly #source = new ReadSource();
  readonly #parser: RequestParser;
  readonly #timers: ConnectionTimers;
  #stream: Pipeline | undefined;
  #framing: Framing = 'none';
  #requests = 0;
  /** After the answer that is under way. */
  #closing = false;
  #tunnel = false;
  /** Nothing more is read: the request's body has nowhere to go, or pipelined requests wait. */
  #bodyPaused = false;
  /** The client has not taken its last answers: it gets no further ones before it does. */
  #answersWait = false;
  #state: 'open' | 'ending' | 'closed' = 'open';

  constructor(server: HttpServerParts, downstream: Downstream) {
    this.#server = server;
    this.#downstream = downstream;
    this.info = downstream.info;
    this.peer = { ip: this.info.remote.ip, localIp: ownAddress(), tls: false };
    this.#outlet = new Outlet(downstream.socket);
    this.#parser = new RequestParser(requestLimits(server.config), {
      onRequest: (head) => this.#onRequest(head),
      onBody: (chunk) => this.#onBody(chunk),
      onTrailers: (trailers) => this.#onTrailers(trailers),
      onEnd: () => this.#onRequestEnd(),
      onError: (problem) => this.#onProblem(problem),
    });
    this.#timers = new ConnectionTimers(server, (what) => this.#onTimeout(what), this);
    this.#count(1);
    downstream.onDraining = (): void => this.#onDraining();
  }

  get full(): boolean {
    return this.#outlet.full;
  }

  onData(buffer: Buffer, length: number): void {
    this.#server.stats.counters.downstream_cx_rx_bytes_total += length;
    if (this.#state !== 'open') return;
    beginRead(this.#source, length);
    this.#timers.touch();
    this.#parser.execute(buffer, 0, length);
    this.#timers.watchHead(!this.#stream && !this.#parser.idle);
    this.#steerReading();
    flushOutlets();
  }

  readBuffer(): Buffer | undefined {
    return this.#source.next();
  }

  #onRequest(head: RequestHead): void {
    const body = new RequestBody(head.body, head.contentLength);
    if (!head.keepAlive) this.#closing = true;
    const { method, path, authority, headers } = head;
    const stream = this.#open({ method, path, authority, headers, scheme: 'http' }, body, head.httpMinor);
    stream.upgrade = head.upgrade;
    if (head.expectContinue && !this.#server.config.proxy100Continue) {
      headers.remove('expect');
      this.#outlet.text('HTTP/1.1 100 Continue\r\n\r\n');
    }
    this.#timers.watchRequest(!body.ended);
    stream.start();
  }

  #open(request: Pipeline['request'], body: RequestBody, minor: 0 | 1): Pipeline {
    const { stats, random, config } = this.#server;
    stats.counters.downstream_rq_total++;
    stats.counters.downstream_rq_http1_total++;
    stats.gauges.downstream_rq_active++;
    this.#requests += 1;
    if (config.maxRequestsPerConnection > 0 && this.#requests >= config.maxRequestsPerConnection) {
      stats.counters.downstream_cx_max_requests_reached++;
      this.#closing = true;
    }
    const protocol = minor === 1 ? 'HTTP/1.1' : 'HTTP/1.0';
    const parts = { body, randomValue: streamRandom(random), protocol };
    this.#stream = new Pipeline(this.#server, this, request, parts);
    this.#timers.watchStream();
    return this.#stream;
  }

  #onBody(chunk: Buffer): void {
    const stream = this.#stream;
    if (!stream || stream.done) return;
    stream.bytesReceived += chunk.length;
    if (stream.taker) return stream.taker.onRequestBody(chunk);
    stream.body.keep(chunk);
    if (stream.body.bytes >= this.#server.bufferLimitBytes) this.pauseRequest();
  }

  #onTrailers(trailers: HeaderMap): void {
    if (this.#stream && this.#server.config.http1.enableTrailers) this.#stream.body.trailers = trailers;
  }

  #onRequestEnd(): void {
    this.#timers.watchRequest(false);
    const stream = this.#stream;
    if (!stream) return this.#next();
    stream.requestReceivedMs = stream.elapsedMs();
    const known = stream.body.ended;
    stream.body.ended = true;
    if (!known) stream.taker?.onRequestEnd();
  }

  #onProblem(problem: Http1Problem): void {
    this.#server.stats.counters.downstream_cx_protocol_error++;
    const row = http1Problems[problem];
    this.#closing = true;
    const stream = this.#stream ?? this.#open(nothingAsked(this.#parser.refused), new RequestBody('length', -1), 1);
    if (stream.responseStarted) {
      stream.cancel(row.details, row.flag);
      this.closeNow();
    } else stream.reply(row);
  }

  writeInformational(status: number, headers: HeaderMap): void {
    this.#outlet.text(informationalText(status, headers));
  }

  writeHead(stream: Pipeline, headers: HeaderMap, end: boolean): void {
    const status = stream.responseCode;
    this.#tunnel = status === 101;
    if (!this.#tunnel && !stream.body.ended) {
      this.#closing = true;
      this.#server.stats.counters.downstream_rq_response_before_rq_complete++;
    }
    if ((this.#downstream.draining || stream.closeAfter) && !this.#tunnel) this.#closing = true;
    this.#framing = this.#framingOf(stream, headers, end);
    this.#server.stats.codes.add(status);
    this.#outlet.text(
      responseHeadText(stream, headers, this.#framingText(stream, headers, end), this.#connectionText(stream)),
    );
  }

  #framingOf(stream: Pipeline, headers: HeaderMap, end: boolean): Framing {
    const { responseCode: status, request, protocol } = stream;
    if (status === 101) return 'raw';
    if (end || request.method === 'HEAD' || status === 204 || status === 304) return 'none';
    if (headers.has('content-length')) return 'length';
    if (protocol === 'HTTP/1.1') return 'chunked';
    this.#closing = true;
    return 'raw';
  }

  /** As Envoy has it, an answer to HEAD says what framing its body would have had. */
  #framingText({ request, responseCode, protocol }: Pipeline, headers: HeaderMap, end: boolean): string {
    if (this.#framing === 'chunked') return 'transfer-encoding: chunked\r\n';
    if (this.#framing !== 'none' || headers.has('content-length') || responseCode === 204 || responseCode === 304)
      return '';
    if (request.method !== 'HEAD') return end ? 'content-length: 0\r\n' : '';
    return protocol === 'HTTP/1.1' ? 'transfer-encoding: chunked\r\n' : '';
  }

  #connectionText({ protocol }: Pipeline): string {
    if (this.#tunnel) return '';
    if (this.#closing) return 'connection: close\r\n';
    return protocol === 'HTTP/1.0' ? 'connection: keep-alive\r\n' : '';
  }

  writeBody(chunk: Buffer, owned: boolean): void {
    const framing = this.#framing;
    if (framing === 'none' || chunk.length === 0) return;
    this.#timers.touch();
    if (framing === 'chunked') this.#outlet.text(`${chunk.length.toString(16)}\r\n`);
    if (owned) this.#outlet.owned(chunk);
    else this.#outlet.piece(chunk);
    if (framing === 'chunked') this.#outlet.text('\r\n');
  }

  writeEnd(trailers: HeaderMap | undefined): void {
    if (this.#framing !== 'chunked') return;
    this.#outlet.text(endText(this.#server.config.http1.enableTrailers ? trailers : undefined));
  }

  onStreamDone(stream: Pipeline): void {
    const { stats } = this.#server;
    stats.gauges.downstream_rq_active--;
    stats.counters.downstream_rq_completed++;
    stats.histograms.downstream_rq_time.add(stream.durationMs ?? 0);
    this.#timers.watchStreamEnd();
    this.#stream = undefined;
    if (this.#tunnel || !stream.body.ended) this.#closing = true;
    if (this.#closing) return this.#end(stream.body.ended);
    this.#next();
  }

  /** The next request may come: what waits in the parser is told at once. */
  #next(): void {
    if (this.#stream || this.#state !== 'open') return;
    this.#bodyPaused = false;
    this.#outlet.flushMuch();
    this.#answersWait = this.#outlet.full;
    if (!this.#answersWait) this.#parser.resume();
    this.#steerReading();
  }

  /** Bytes behind a complete request are left in the kernel until their turn comes. */
  #steerReading(): void {
    if (this.#state !== 'open') return;
    const stop = this.#bodyPaused || this.#answersWait || this.#parser.waiting > 0;
    if (stop === this.#stopped) return;
    this.#stopped = stop;
    if (stop) this.#downstream.stopReading();
    else this.#downstream.resumeReading();
  }

  #stopped = false;

  pauseRequest(): void {
    this.#server.stats.counters.downstream_flow_control_paused_reading_total++;
    this.#bodyPaused = true;
    this.#steerReading();
  }

  resumeRequest(): void {
    if (!this.#bodyPaused) return;
    this.#server.stats.counters.downstream_flow_control_resumed_reading_total++;
    this.#bodyPaused = false;
    this.#steerReading();
  }

  limitStream(idleMs: number | undefined, maxMs: number | undefined): void {
    this.#timers.limitStream(idleMs, maxMs);
  }

  onDrain(): void {
    this.#timers.touch();
    this.#stream?.taker?.onClientDrain();
    if (this.#answersWait) this.#next();
    flushOutlets();
  }

  /** The request is answered if it still can be; nothing of the connection is trusted any more. */
  onMishap(): void {
    this.#closing = true;
    const stream = this.#stream;
    try {
      if (stream && !stream.done && !stream.responseStarted) stream.replyToMishap();
      else stream?.cancel('internal_error', '');
    } finally {
      this.closeNow();
      flushOutlets();
    }
  }

  /** Envoy takes the end of the client's side for the end of the connection. */
  onEnd(): void {
    this.#giveUp('downstream_remote_disconnect');
  }

  onClose(error: Error | undefined): void {
    this.#giveUp(error ? 'downstream_remote_disconnect' : 'downstream_local_disconnect');
    this.#source.close();
    this.#timers.close();
  }

  #giveUp(details: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#parser.close();
    this.#downstream.socket.destroy();
    this.#count(-1);
    const stream = this.#stream;
    if (stream && !stream.done) {
      this.#server.stats.counters.downstream_cx_destroy_remote_active_rq++;
      stream.cancel(details, 'DC');
    }
    flushOutlets();
  }

  /** What was written still leaves. */
  closeNow(): void {
    this.#end(true);
  }

  /** A client that is still sending would lose the answer if the connection were closed under it: a second to read it. */
  #end(wholeRequest: boolean): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#parser.close();
    this.#outlet.flush();
    const { socket } = this.#downstream;
    this.#timers.watchClose(wholeRequest);
    if (wholeRequest) return socket.destroySoon();
    socket.end();
    if (this.#stopped) this.#downstream.resumeReading();
  }

  #onDraining(): void {
    if (this.#stream || this.#state !== 'open') return;
    this.#server.stats.counters.downstream_cx_drain_close++;
    this.#end(true);
  }

  #onTimeout(what: Parameters<ConstructorParameters<typeof ConnectionTimers>[1]>[0]): void {
    const { counters } = this.#server.stats;
    const stream = this.#stream;
    if (what === 'close') return void this.#downstream.socket.destroy();
    if (what === 'idle' || what === 'duration') {
      counters[what === 'idle' ? 'downstream_cx_idle_timeout' : 'downstream_cx_max_duration_reached']++;
      this.#closing = true;
      if (!stream) this.#end(true);
      return;
    }
    const row = failures[what];
    counters[this.#timers.counterOf(what)]++;
    if (!stream) this.#open(nothingAsked(), new RequestBody('length', -1), 1).reply(row);
    else if (!stream.responseStarted) stream.reply(row);
    else {
      stream.cancel(row.details, row.flag);
      this.closeNow();
    }
    flushOutlets();
  }

  #count(by: 1 | -1): void {
    const { counters, gauges } = this.#server.stats;
    gauges.downstream_cx_active += by;
    gauges.downstream_cx_http1_active += by;
    if (by < 0) {
      counters.downstream_cx_destroy++;
      counters.downstream_cx_tx_bytes_total += this.#outlet.bytesWritten;
      return;
    }
    counters.downstream_cx_total++;
    counters.downstream_cx_http1_total++;
  }
}

/** For answers to what was no request, or not one that goes further. */
function nothingAsked(refused?: RequestParser['refused']): Pipeline['request'] {
  const { method, path, authority } = refused ?? nothing;
  return { method, path, authority, scheme: 'http', headers: new HeaderMap() };
}

const nothing = { method: '', path: '', authority: '' };
