// One try of a request at one host: waits for a connection, sends, hands on what comes back, and gives the connection back or closes
// it. The router's tries and mirrored copies are both made of it.
import type { HeaderMap } from '../../decide/header-map.ts';
import type { ClusterHandle } from '../cluster/cluster.ts';
import type { PoolWaiter, Priority } from '../cluster/pool.ts';
import type { UpstreamConnection, UpstreamUser } from '../cluster/upstream-connection.ts';
import type { UpstreamHost } from '../cluster/upstream-host.ts';
import type { ResetReason } from '../failure.ts';
import { reportMishap } from '../mishaps.ts';
import { endText } from '../http/head-text.ts';
import type { ResponseHead } from '../http1/message.ts';

/** After `onAttemptEnd` and `onAttemptReset` nothing more comes, and after `cancel` nothing at all. */
export interface AttemptEvents {
  /** There is a connection: now the head, and the body as far as it is known, are to be written. */
  onAttemptReady(attempt: Attempt): void;
  onAttemptInformational(head: ResponseHead): void;
  onAttemptHead(head: ResponseHead): void;
  onAttemptBody(chunk: Buffer): void;
  onAttemptEnd(trailers: HeaderMap | undefined): void;
  onAttemptReset(reason: ResetReason, transport: string): void;
  /** What was written has left. */
  onAttemptDrain(): void;
  /** `onAttemptEnd` or `onAttemptReset` threw. */
  onAttemptMishap(): void;
}

export interface AttemptTarget {
  readonly cluster: ClusterHandle;
  readonly host: UpstreamHost;
  readonly priority: Priority;
  readonly method: string;
  /** The request asks for another protocol. */
  readonly upgrade: boolean;
}

export class Attempt implements PoolWaiter, UpstreamUser {
  readonly target: AttemptTarget;
  readonly #events: AttemptEvents;
  #state: 'waiting' | 'active' | 'over' = 'waiting';
  #connection: UpstreamConnection | undefined;
  #chunked = false;
  #requestEnded = false;
  #responseEnded = false;
  /** Something of the request has been written. */
  sent = false;

  constructor(target: AttemptTarget, events: AttemptEvents) {
    this.target = target;
    this.#events = events;
  }

  get ready(): boolean {
    return this.#state === 'active';
  }

  get connection(): UpstreamConnection | undefined {
    return this.#connection;
  }

  /** The upstream does not take the request as fast as it comes. */
  get full(): boolean {
    return this.#connection !== undefined && this.#connection.outlet.full;
  }

  start(): void {
    this.target.host.pools[this.target.priority].acquire(this);
  }

  onConnection(connection: UpstreamConnection): void {
    this.#state = 'active';
    this.#connection = connection;
    this.#count(1);
    this.target.cluster.stats.counters.upstream_rq_total++;
    connection.use(this, this.target.method, this.target.upgrade);
    this.#events.onAttemptReady(this);
  }

  onPoolFailure(reason: ResetReason, transport: string): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'over';
    this.#reset(reason, transport);
  }

  sendHead(text: string, chunked: boolean): void {
    this.#chunked = chunked;
    this.sent = true;
    this.#connection?.outlet.text(text);
  }

  /** `owned`: the chunk does not lie in a read buffer. */
  sendBody(chunk: Buffer, owned: boolean): void {
    const outlet = this.#connection?.outlet;
    if (!outlet || chunk.length === 0) return;
    if (this.#chunked) outlet.text(`${chunk.length.toString(16)}\r\n`);
    if (owned) outlet.owned(chunk);
    else outlet.piece(chunk);
    if (this.#chunked) outlet.text('\r\n');
  }

  sendEnd(trailers: HeaderMap | undefined): void {
    this.#requestEnded = true;
    if (this.#chunked)
      this.#connection?.outlet.text(endText(this.target.cluster.config.http.enableTrailers ? trailers : undefined));
    if (this.#responseEnded) this.#giveBack();
  }

  pauseReading(): void {
    this.#connection?.pauseReading();
  }

  resumeReading(): void {
    this.#connection?.resumeReading();
  }

  /** Nobody waits for the answer any more. */
  cancel(): void {
    if (this.#state === 'over') return;
    const wasActive = this.#state === 'active';
    this.#state = 'over';
    if (!wasActive) return this.target.host.pools[this.target.priority].cancel(this);
    this.#count(-1);
    this.target.cluster.stats.counters.upstream_rq_tx_reset++;
    this.#connection?.close();
  }

  onUpstreamInformational(head: ResponseHead): void {
    this.#events.onAttemptInformational(head);
  }

  onUpstreamHead(head: ResponseHead): void {
    this.#events.onAttemptHead(head);
  }

  onUpstreamBody(chunk: Buffer): void {
    this.#events.onAttemptBody(chunk);
  }

  onUpstreamEnd(trailers: HeaderMap | undefined): void {
    this.#responseEnded = true;
    if (this.#requestEnded) this.#giveBack();
    try {
      this.#events.onAttemptEnd(this.target.cluster.config.http.enableTrailers ? trailers : undefined);
    } catch (error) {
      this.#mishap(error);
    }
    // An answer before the request's end: what is left of the request has nowhere to go.
    this.cancel();
  }

  onUpstreamReset(reason: ResetReason, transport: string): void {
    if (this.#state !== 'active') return;
    this.#state = 'over';
    this.#count(-1);
    this.target.cluster.stats.counters.upstream_rq_rx_reset++;
    this.#reset(reason, transport);
  }

  #reset(reason: ResetReason, transport: string): void {
    try {
      this.#events.onAttemptReset(reason, transport);
    } catch (error) {
      this.#mishap(error);
    }
  }

  /** The upstream connection knows this request no more, or several wait for its end: they are no reason to fail. */
  #mishap(error: unknown): void {
    reportMishap(error);
    this.#events.onAttemptMishap();
  }

  onUpstreamDrain(): void {
    this.#events.onAttemptDrain();
  }

  #giveBack(): void {
    if (this.#state !== 'active') return;
    this.#state = 'over';
    this.#count(-1);
    this.#connection?.release();
  }

  #count(by: number): void {
    const { cluster, host, priority } = this.target;
    host.activeRequests += by;
    cluster.resources[priority].requests += by;
    cluster.stats.gauges.upstream_rq_active += by;
  }
}
