// What the two protocol variants share: one Watch per type and stream, which knows what the client wants, was sent and took.
import type { EncodedResource } from '../proxy-resources.ts';
import type { Interest, Target } from './interest.ts';

export type Protocol = 'sotw' | 'delta';

/** A request of either variant, decoded. Fields of the other variant are empty. */
export interface WatchRequest {
  readonly typeUrl: string;
  readonly nonce: string;
  /** The text of `error_detail`; undefined when the field is absent, which alone makes a request an ACK. */
  readonly error: string | undefined;
  /** State of the world: the whole list. */
  readonly names: readonly string[];
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  readonly initialVersions: Readonly<Record<string, string>>;
}

/** What is to be sent of one type. `removed` is empty in state of the world, where leaving out is removing. */
export interface Plan {
  readonly resources: readonly EncodedResource[];
  readonly removed: readonly string[];
  readonly version: string;
  /** Names that the client had in another version: a cluster among them warms again. */
  readonly changed: readonly string[];
}

/** Whether what is gone from the target may be taken from the client now, or must wait for the routes to move. */
export type Removals = 'send' | 'hold';

export interface Nack {
  readonly message: string;
  readonly nonce: string;
  readonly at: number;
}

export interface Watch {
  readonly typeUrl: string;
  readonly interest: Interest;
  readonly receipts: Receipts;
  /** True when the client brought resources from an earlier stream. */
  readonly resumed: boolean;
  /** True when a request has not been answered yet: pushes wait for the last ACK, answers do not. */
  readonly answerDue: boolean;
  receive(request: WatchRequest, now: number): 'ack' | 'nack' | 'none';
  /** Whether the client was sent the resource and was not told since that it is gone. */
  has(name: string): boolean;
  /** The client gets these with the next response, changed or not. */
  owe(names: Iterable<string>): void;
  /** Undefined when the client has all that the target holds for it. Changes nothing. */
  plan(target: Target, removals: Removals): Plan | undefined;
  /** Notes that the plan went out. */
  sent(plan: Plan, nonce: string, now: number): void;
}

/** Nonces: which responses are on their way, what was last accepted and last refused. Times are milliseconds. */
export class Receipts {
  #outstanding: { nonce: string; version: string; at: number }[] = [];
  sentNonce = '';
  sentVersion = '';
  sentAt = 0;
  ackedVersion = '';
  ackedNonce = '';
  ackedAt = 0;
  nack: Nack | undefined;

  /** When the oldest unanswered response was sent. */
  get waitingSince(): number | undefined {
    return this.#outstanding[0]?.at;
  }

  sent(nonce: string, version: string, now: number): void {
    this.#outstanding.push({ nonce, version, at: now });
    this.sentNonce = nonce;
    this.sentVersion = version;
    this.sentAt = now;
  }

  /**
   * Settles the response with this nonce and all before it: a stream keeps order, so those will never be answered.
   * Returns false for a nonce that is not awaited.
   */
  settle(nonce: string, error: string | undefined, now: number): boolean {
    const index = this.#outstanding.findIndex((entry) => entry.nonce === nonce);
    const entry = this.#outstanding[index];
    if (!entry) return false;
    this.#outstanding.splice(0, index + 1);
    if (error === undefined) {
      this.ackedVersion = entry.version;
      this.ackedNonce = nonce;
      this.ackedAt = now;
      this.nack = undefined;
    } else {
      this.nack = { message: error, nonce, at: now };
    }
    return true;
  }
}
