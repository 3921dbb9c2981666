// One proxy's stream: takes requests, holds the newest target, and brings the client there one step at a time.
import { type GenerateResources, type ProxyNode, type ProxyResources, typeUrls } from '../proxy-resources.ts';
import type { AdsEvent, ProxyStatus, PushCounters } from './ads-status.ts';
import { shortType, typeStatus } from './ads-status.ts';
import { DeltaWatch } from './delta-watch.ts';
import { encodeResponse } from './discovery-wire.ts';
import type { Target } from './interest.ts';
import { streamRole } from './proxy-node.ts';
import { PushOrder } from './push-order.ts';
import { SotwWatch } from './sotw-watch.ts';
import type { Plan, Protocol, Removals, Watch, WatchRequest } from './watch.ts';

/** What all streams of a server share. */
export interface StreamSettings {
  readonly generate: GenerateResources;
  /** How long an ACK is awaited before going on without it. */
  readonly patienceMs: number;
  readonly counters: PushCounters;
  readonly report: (event: AdsEvent) => void;
  readonly nextNonce: () => string;
  /** Asks for `advance()` soon; asking twice is asking once. */
  readonly schedule: (stream: ProxyStream) => void;
}

export interface StreamTransport {
  readonly protocol: Protocol;
  readonly peer: string;
  /** `flushed` is called when the bytes have left this process. */
  write(bytes: Buffer, flushed: () => void): void;
}

/** Responses that may sit in this process before the client has to read. Bounds memory against one that does not. */
const maxUnflushed = 8;

export class ProxyStream {
  readonly node: ProxyNode;
  readonly #settings: StreamSettings;
  readonly #transport: StreamTransport;
  readonly #watches: Map<string, Watch> = new Map();
  readonly #order: PushOrder;
  readonly #connectedAt = Date.now();
  /** What each watch lacks of a target, computed once until the target or the watch changes. Null: nothing. */
  readonly #plans: Map<Watch, { target: Target } & Partial<Record<Removals, Plan | null>>> = new Map();
  #target: ProxyResources | undefined;
  /** By type: what the target holds, or held when it could last be printed. */
  readonly #targetMaps: Map<string, Target> = new Map();
  /** Types that this target was asked for. */
  readonly #asked: Set<string> = new Set();
  #dirty = true;
  #closed = false;
  #unflushed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(node: ProxyNode, transport: StreamTransport, settings: StreamSettings) {
    this.node = node;
    this.#transport = transport;
    this.#settings = settings;
    this.#order = new PushOrder(
      {
        watch: (typeUrl) => this.#watches.get(typeUrl),
        pending: (watch, removals) => this.#plan(watch, removals) !== undefined,
        send: (watch, removals) => this.#send(watch, removals),
      },
      settings.patienceMs,
    );
  }

  get typeCount(): number {
    return this.#watches.size;
  }

  watch(typeUrl: string): Watch | undefined {
    return this.#watches.get(typeUrl);
  }

  receive(request: WatchRequest): void {
    const { typeUrl } = request;
    let watch = this.#watches.get(typeUrl);
    if (!watch) {
      watch = this.#transport.protocol === 'sotw' ? new SotwWatch(typeUrl) : new DeltaWatch(typeUrl);
      this.#watches.set(typeUrl, watch);
    }
    this.#plans.delete(watch);
    if (watch.receive(request, Date.now()) === 'nack') {
      this.#settings.counters.rejected(typeUrl);
      const message = request.error ?? '';
      this.#settings.report({ kind: 'nack', node: this.node, type: shortType(typeUrl), message });
    }
    this.#settings.schedule(this);
  }

  /** The configuration may have changed. Several calls before the stream gets its turn are one. */
  refresh(): void {
    this.#dirty = true;
    this.#settings.schedule(this);
  }

  /** One stream's trouble must not reach the others, which take their turns in the same loop. */
  advance(): void {
    if (this.#closed || this.#blocked) return;
    try {
      this.#regenerate();
      if (!this.#target) return;
      const now = Date.now();
      this.#order.advance(this.#watches.values(), now);
      this.#wakeAt(now);
    } catch (error) {
      this.#settings.report({ kind: 'generate-failed', node: this.node, error });
    }
  }

  get settled(): boolean {
    if (this.#dirty || this.#unflushed > 0) return false;
    for (const watch of this.#watches.values()) {
      if (watch.receipts.waitingSince !== undefined || this.#plan(watch, 'send')) return false;
    }
    return true;
  }

  status(): ProxyStatus {
    return {
      node: this.node,
      role: streamRole(this.node),
      protocol: this.#transport.protocol,
      peer: this.#transport.peer,
      connectedAt: this.#connectedAt,
      settled: this.settled,
      types: [...this.#watches.values()].map(typeStatus),
    };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  get #blocked(): boolean {
    return this.#unflushed >= maxUnflushed;
  }

  /** A generator that fails leaves the proxy with what it has: nothing is ever taken away because of our own error. */
  #regenerate(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    try {
      this.#target = this.#settings.generate(this.node);
      this.#asked.clear();
    } catch (error) {
      this.#settings.report({ kind: 'generate-failed', node: this.node, error });
    }
  }

  /** Types are printed when first asked for; one that fails keeps what it last was. */
  #targetOf(typeUrl: string): Target | undefined {
    if (!this.#asked.has(typeUrl) && this.#target) {
      this.#asked.add(typeUrl);
      try {
        const map = this.#target.of(typeUrl);
        this.#targetMaps.set(typeUrl, typeUrl === typeUrls.endpoint ? this.#withKeptEndpoints(map) : map);
      } catch (error) {
        this.#settings.report({ kind: 'generate-failed', node: this.node, error });
      }
    }
    return this.#targetMaps.get(typeUrl);
  }

  /**
   * While a proxy has a cluster, or is about to get it, its endpoints stay known, also when the newest target has neither
   * any more: a cluster that waits for endpoints in vain keeps Envoy from acknowledging, and so from getting that target.
   * Endpoints go by their cluster's name, as in Istio.
   */
  #withKeptEndpoints(fresh: Target): Target {
    const before = this.#targetMaps.get(typeUrls.endpoint);
    const clusters = this.#watches.get(typeUrls.cluster);
    if (!before || !clusters || before === fresh) return fresh;
    const kept = [...before].filter(([name]) => !fresh.has(name) && clusters.has(name));
    return kept.length === 0 ? fresh : new Map([...fresh, ...kept]);
  }

  #plan(watch: Watch, removals: Removals): Plan | undefined {
    const target = this.#targetOf(watch.typeUrl);
    if (!target) return undefined;
    let known = this.#plans.get(watch);
    if (known?.target !== target) {
      known = { target };
      this.#plans.set(watch, known);
    }
    if (known[removals] === undefined) known[removals] = watch.plan(target, removals) ?? null;
    return known[removals] ?? undefined;
  }

  /** A push waits for the last response's ACK, so that a slow client gets only the newest; an answer does not wait. */
  #send(watch: Watch, removals: Removals): void {
    if (this.#blocked) return;
    const { receipts, typeUrl } = watch;
    const now = Date.now();
    const busy = receipts.waitingSince !== undefined && now - receipts.sentAt < this.#settings.patienceMs;
    if (busy && !watch.answerDue) return;
    const plan = this.#plan(watch, removals);
    if (!plan) return;
    const nonce = this.#settings.nextNonce();
    this.#plans.delete(watch);
    watch.sent(plan, nonce, now);
    this.#settings.counters.pushed(typeUrl);
    this.#unflushed += 1;
    this.#transport.write(encodeResponse(this.#transport.protocol, typeUrl, plan, nonce), () => this.#flushed());
    if (typeUrl !== typeUrls.cluster) return;
    // Now, not when they are asked for: by then the target may have moved on.
    this.#asked.delete(typeUrls.endpoint);
    this.#targetOf(typeUrls.endpoint);
    this.#warmAgain(plan.changed);
  }

  /** A changed cluster warms anew and needs its endpoints once more; in delta Envoy does not even ask for them. */
  #warmAgain(clusters: readonly string[]): void {
    const endpoints = this.#watches.get(typeUrls.endpoint);
    if (!endpoints || clusters.length === 0) return;
    endpoints.owe(clusters);
    this.#plans.delete(endpoints);
  }

  #flushed(): void {
    const wasBlocked = this.#blocked;
    this.#unflushed -= 1;
    if (wasBlocked || this.#unflushed === 0) this.#settings.schedule(this);
  }

  #wakeAt(now: number): void {
    clearTimeout(this.#timer);
    const { patienceMs } = this.#settings;
    const acks = [...this.#watches.values()]
      .filter((watch) => watch.receipts.waitingSince !== undefined)
      .map((watch) => watch.receipts.sentAt + patienceMs);
    const next = Math.min(...[...acks, ...this.#order.deadlines].filter((at) => at > now));
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.#settings.schedule(this), next - now);
  }
}
