// State of the world, one type on one stream: each response carries everything that the client wants of the type.
import { createHash } from 'node:crypto';
import type { EncodedResource } from '../proxy-resources.ts';
import { Interest, type Target } from './interest.ts';
import { type Plan, Receipts, type Removals, type Watch, type WatchRequest } from './watch.ts';

/** Equal content, equal version, also across restarts of the control plane. */
function contentVersion(resources: readonly EncodedResource[]): string {
  const hash = createHash('sha1');
  for (const resource of [...resources].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${resource.name}\n${resource.version}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

export class SotwWatch implements Watch {
  readonly typeUrl: string;
  readonly interest: Interest;
  readonly receipts = new Receipts();
  readonly resumed = false;
  #sent: Target = new Map();
  #answerDue = false;
  /** Set when something else makes the next request a question even if it looks like an ACK (see `owe`). */
  #answerNext = false;

  constructor(typeUrl: string) {
    this.typeUrl = typeUrl;
    this.interest = new Interest(typeUrl);
  }

  get answerDue(): boolean {
    return this.#answerDue;
  }

  /**
   * A request without a nonce, or with one from before this stream, starts the type (again). With the last nonce it is
   * that response's ACK or NACK; the same nonce once more asks again, as Envoy does for the endpoints of a cluster that
   * warms anew. Any other nonce is stale: a newer response is on its way, and the client will repeat itself.
   */
  receive(request: WatchRequest, now: number): 'ack' | 'nack' | 'none' {
    const { receipts } = this;
    if (request.nonce === '' || receipts.sentNonce === '') {
      this.interest.replace(request.names);
      this.#answerDue = !this.interest.empty;
      return 'none';
    }
    if (request.nonce !== receipts.sentNonce) return 'none';
    const settled = receipts.settle(request.nonce, request.error, now);
    const added = this.interest.replace(request.names);
    if (added.length > 0 || this.#answerNext || (!settled && request.error === undefined)) {
      this.#answerDue = !this.interest.empty;
    }
    this.#answerNext = false;
    if (!settled) return 'none';
    return request.error === undefined ? 'ack' : 'nack';
  }

  has(name: string): boolean {
    return this.#sent.has(name);
  }

  /** A cluster that warms makes Envoy ask for its endpoints; that request may come merged with an ACK. */
  owe(names: Iterable<string>): void {
    for (const name of names) if (this.interest.covers(name)) this.#answerNext = true;
  }

  plan(target: Target, removals: Removals): Plan | undefined {
    const wanted = this.interest.select(target);
    const gone = this.#gone(target);
    const changed: string[] = [];
    let fresh = false;
    for (const resource of wanted.values()) {
      const before = this.#sent.get(resource.name);
      if (before === undefined) fresh = true;
      else if (before.version !== resource.version) changed.push(resource.name);
    }
    const shrinks = removals === 'send' && gone.length > 0;
    if (!this.#answerDue && !fresh && changed.length === 0 && !shrinks) return undefined;
    const resources = removals === 'hold' ? [...wanted.values(), ...gone] : [...wanted.values()];
    return { resources, removed: [], version: contentVersion(resources), changed };
  }

  #gone(target: Target): EncodedResource[] {
    if (!this.interest.fullState) return [];
    return [...this.#sent.values()].filter((entry) => this.interest.covers(entry.name) && !target.has(entry.name));
  }

  sent(plan: Plan, nonce: string, now: number): void {
    this.#sent = new Map(plan.resources.map((resource) => [resource.name, resource]));
    this.#answerDue = false;
    this.#answerNext = false;
    this.receipts.sent(nonce, plan.version, now);
  }
}
