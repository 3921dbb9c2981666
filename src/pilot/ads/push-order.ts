// The order of one proxy's updates, make before break: clusters, endpoints, listeners, routes, the rest, then removals.
import { typeUrls } from '../proxy-resources.ts';
import type { Removals, Watch } from './watch.ts';

/** What the order needs from the stream: its watches, whether they still have something to send, and a way to send it. */
export interface PushTarget {
  watch(typeUrl: string): Watch | undefined;
  /** True when the client lacks something of the type that could be sent now or after the next ACK. */
  pending(watch: Watch, removals: Removals): boolean;
  send(watch: Watch, removals: Removals): void;
}

const ordered: ReadonlySet<string> = new Set([typeUrls.cluster, typeUrls.endpoint, typeUrls.listener, typeUrls.route]);

/** Types whose removals wait, in the order in which they may go. */
const removable = [typeUrls.route, typeUrls.cluster, typeUrls.endpoint] as const;

/**
 * Envoy acknowledges clusters only when they have warmed up, so listeners and routes wait for that ACK; clusters,
 * endpoints and routes that are gone are taken away only when nothing points at them any more. Either wait ends after
 * `patienceMs`: a proxy that never answers must not be stuck with half of a configuration.
 */
export class PushOrder {
  readonly #stream: PushTarget;
  readonly #patienceMs: number;
  #clustersWaitSince: number | undefined;
  #removalsWaitSince: number | undefined;

  constructor(stream: PushTarget, patienceMs: number) {
    this.#stream = stream;
    this.#patienceMs = patienceMs;
  }

  /** Sends what may be sent now. */
  advance(watches: Iterable<Watch>, now: number): void {
    this.#send(typeUrls.cluster, 'hold');
    this.#send(typeUrls.endpoint, 'hold');
    const ready = this.#clustersReady(now);
    if (ready) {
      this.#send(typeUrls.listener, 'send');
      this.#send(typeUrls.route, 'hold');
    }
    for (const watch of watches) if (!ordered.has(watch.typeUrl)) this.#stream.send(watch, 'send');
    if (ready) this.#remove(now);
  }

  /** When a wait that has begun will end by itself. */
  get deadlines(): number[] {
    return [this.#clustersWaitSince, this.#removalsWaitSince]
      .filter((since) => since !== undefined)
      .map((since) => since + this.#patienceMs);
  }

  #send(typeUrl: string, removals: Removals): void {
    const watch = this.#stream.watch(typeUrl);
    if (watch) this.#stream.send(watch, removals);
  }

  #settled(typeUrl: string, removals: Removals): boolean {
    const watch = this.#stream.watch(typeUrl);
    if (!watch) return true;
    return watch.receipts.waitingSince === undefined && !this.#stream.pending(watch, removals);
  }

  #onlyRemovalsLeft(typeUrl: string): boolean {
    const watch = this.#stream.watch(typeUrl);
    return watch !== undefined && this.#stream.pending(watch, 'send') && !this.#stream.pending(watch, 'hold');
  }

  #clustersReady(now: number): boolean {
    if (this.#settled(typeUrls.cluster, 'hold')) {
      this.#clustersWaitSince = undefined;
      return true;
    }
    this.#clustersWaitSince ??= now;
    return now - this.#clustersWaitSince >= this.#patienceMs;
  }

  /** Routes may go when the listeners have moved, clusters when the routes have, endpoints when the clusters have. */
  #remove(now: number): void {
    const listenersMoved = this.#settled(typeUrls.listener, 'send') && !this.#listenersToCome();
    if (listenersMoved) this.#send(typeUrls.route, 'send');
    if (listenersMoved && this.#settled(typeUrls.route, 'hold')) this.#send(typeUrls.cluster, 'send');
    if (this.#settled(typeUrls.cluster, 'send')) this.#send(typeUrls.endpoint, 'send');
    const waiting = removable.filter((typeUrl) => this.#onlyRemovalsLeft(typeUrl));
    if (waiting.length === 0) {
      this.#removalsWaitSince = undefined;
      return;
    }
    this.#removalsWaitSince ??= now;
    if (now - this.#removalsWaitSince < this.#patienceMs) return;
    for (const typeUrl of waiting) this.#send(typeUrl, 'send');
  }

  /** A proxy that comes back with its clusters will ask for its listeners next; until then their routes are unknown. */
  #listenersToCome(): boolean {
    const clusters = this.#stream.watch(typeUrls.cluster);
    return clusters !== undefined && clusters.resumed && this.#stream.watch(typeUrls.listener) === undefined;
  }
}
