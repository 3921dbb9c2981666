// Delta (incremental), one type on one stream: each response carries only what the client has not, and what is gone.
import type { EncodedResource } from '../proxy-resources.ts';
import { Interest, type Target } from './interest.ts';
import { type Plan, Receipts, type Removals, type Watch, type WatchRequest } from './watch.ts';

/** Stands for "the client was told that there is no such resource". No resource has this version. */
const absent = '';

export class DeltaWatch implements Watch {
  readonly typeUrl: string;
  readonly interest: Interest;
  readonly receipts = new Receipts();
  /** Name to version of what the client has. */
  readonly #sent: Map<string, string> = new Map();
  readonly #owed: Set<string> = new Set();
  #started = false;
  #firstAnswerDue = false;
  #resumed = false;
  #round = 0;

  constructor(typeUrl: string) {
    this.typeUrl = typeUrl;
    this.interest = new Interest(typeUrl);
  }

  get resumed(): boolean {
    return this.#resumed;
  }

  get answerDue(): boolean {
    return this.#firstAnswerDue || this.#owed.size > 0;
  }

  /** A stale nonce acknowledges nothing, but what the request subscribes and unsubscribes counts all the same. */
  receive(request: WatchRequest, now: number): 'ack' | 'nack' | 'none' {
    const settled = request.nonce !== '' && this.receipts.settle(request.nonce, request.error, now);
    if (this.#started) this.#change(request);
    else this.#start(request);
    if (!settled) return 'none';
    return request.error === undefined ? 'ack' : 'nack';
  }

  /** Versions that the client kept from an earlier stream need not be sent again; a first request is always answered. */
  #start(request: WatchRequest): void {
    this.#started = true;
    this.interest.subscribe(request.subscribe);
    this.interest.unsubscribe(request.unsubscribe);
    for (const [name, version] of Object.entries(request.initialVersions)) {
      if (this.interest.covers(name)) this.#sent.set(name, version);
    }
    this.#resumed = this.#sent.size > 0;
    this.#firstAnswerDue = !this.#resumed && this.interest.wildcard;
    for (const name of this.interest.names) if (!this.#sent.has(name)) this.#owed.add(name);
  }

  /** A name that is subscribed again is sent again. One that is only covered by `*` from now on is told once more. */
  #change(request: WatchRequest): void {
    const hadWildcard = this.interest.wildcard;
    this.interest.subscribe(request.subscribe);
    this.interest.unsubscribe(request.unsubscribe);
    for (const name of request.subscribe) if (this.interest.names.has(name)) this.#owed.add(name);
    for (const name of request.unsubscribe) {
      if (this.interest.wildcard && hadWildcard && this.#sent.has(name)) this.#owed.add(name);
    }
    if (request.unsubscribe.length === 0) return;
    for (const name of this.#sent.keys()) if (!this.interest.covers(name)) this.#sent.delete(name);
    for (const name of this.#owed) if (!this.interest.covers(name)) this.#owed.delete(name);
  }

  has(name: string): boolean {
    return (this.#sent.get(name) ?? absent) !== absent;
  }

  owe(names: Iterable<string>): void {
    for (const name of names) if (this.interest.covers(name)) this.#owed.add(name);
  }

  plan(target: Target, removals: Removals): Plan | undefined {
    const wanted = this.interest.select(target);
    const resources: EncodedResource[] = [];
    const changed: string[] = [];
    for (const resource of wanted.values()) {
      const before = this.#sent.get(resource.name);
      if (before === resource.version && !this.#owed.has(resource.name)) continue;
      resources.push(resource);
      if (before !== undefined && before !== absent && before !== resource.version) changed.push(resource.name);
    }
    const removed = this.#removed(target, removals);
    if (resources.length === 0 && removed.length === 0 && !this.#firstAnswerDue) return undefined;
    return { resources, removed, version: String(this.#round + 1), changed };
  }

  #removed(target: Target, removals: Removals): string[] {
    const removed: string[] = [];
    for (const [name, version] of this.#sent) {
      if (removals === 'send' && version !== absent && !target.has(name)) removed.push(name);
    }
    // A question for a name that does not exist, and that the client does not hold, is answered without waiting.
    for (const name of this.#owed) {
      const held = this.#sent.get(name) ?? absent;
      if (!target.has(name) && held === absent) removed.push(name);
    }
    return removed;
  }

  sent(plan: Plan, nonce: string, now: number): void {
    for (const resource of plan.resources) {
      this.#sent.set(resource.name, resource.version);
      this.#owed.delete(resource.name);
    }
    for (const name of plan.removed) {
      // A wildcard client forgets what is removed; a named one still waits for it to appear.
      if (this.interest.names.has(name)) this.#sent.set(name, absent);
      else this.#sent.delete(name);
      this.#owed.delete(name);
    }
    this.#firstAnswerDue = false;
    this.#round += 1;
    this.receipts.sent(nonce, plan.version, now);
  }
}
