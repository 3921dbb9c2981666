// What ADS tells about itself: each connected proxy's state by type, counters, and events worth a log line.
import { type ProxyNode, typeUrls } from '../proxy-resources.ts';
import type { StreamRole } from './proxy-node.ts';
import type { Nack, Protocol, Watch } from './watch.ts';

export interface TypeStatus {
  readonly typeUrl: string;
  /** `cds`, `eds`, `lds`, `rds`, `nds`, or `other`. */
  readonly type: string;
  readonly wildcard: boolean;
  /** Names asked for one by one. */
  readonly names: number;
  readonly sentVersion: string;
  readonly sentNonce: string;
  /** Milliseconds since the epoch; 0 for never. */
  readonly sentAt: number;
  readonly ackedVersion: string;
  readonly ackedNonce: string;
  readonly ackedAt: number;
  /** Refusal of the last response that was answered; an ACK clears it. */
  readonly nack: Nack | undefined;
}

export interface ProxyStatus {
  readonly node: ProxyNode;
  readonly role: StreamRole;
  readonly protocol: Protocol;
  readonly peer: string;
  readonly connectedAt: number;
  /** True when it has answered all that was sent and there is nothing more to send. */
  readonly settled: boolean;
  readonly types: readonly TypeStatus[];
}

export interface AdsCounters {
  /** Responses sent, by short type. */
  readonly pushes: Readonly<Record<string, number>>;
  /** Responses refused by proxies, by short type. */
  readonly rejects: Readonly<Record<string, number>>;
  readonly connected: number;
}

export type AdsEvent =
  | { readonly kind: 'connected' | 'disconnected'; readonly node: ProxyNode; readonly role: StreamRole }
  | { readonly kind: 'nack'; readonly node: ProxyNode; readonly type: string; readonly message: string }
  | { readonly kind: 'refused'; readonly peer: string; readonly message: string }
  | { readonly kind: 'generate-failed'; readonly node: ProxyNode; readonly error: unknown };

const shortTypes: ReadonlyMap<string, string> = new Map([
  [typeUrls.cluster, 'cds'],
  [typeUrls.endpoint, 'eds'],
  [typeUrls.listener, 'lds'],
  [typeUrls.route, 'rds'],
  [typeUrls.nameTable, 'nds'],
]);

/** Metric labels come from here, so an unknown type, which a client may make up, is `other`. */
export function shortType(typeUrl: string): string {
  return shortTypes.get(typeUrl) ?? 'other';
}

export function typeStatus(watch: Watch): TypeStatus {
  const { receipts, interest, typeUrl } = watch;
  return {
    typeUrl,
    type: shortType(typeUrl),
    wildcard: interest.wildcard,
    names: interest.names.size,
    sentVersion: receipts.sentVersion,
    sentNonce: receipts.sentNonce,
    sentAt: receipts.sentAt,
    ackedVersion: receipts.ackedVersion,
    ackedNonce: receipts.ackedNonce,
    ackedAt: receipts.ackedAt,
    nack: receipts.nack,
  };
}

export class PushCounters {
  readonly #pushes: Record<string, number> = {};
  readonly #rejects: Record<string, number> = {};

  pushed(typeUrl: string): void {
    const type = shortType(typeUrl);
    this.#pushes[type] = (this.#pushes[type] ?? 0) + 1;
  }

  rejected(typeUrl: string): void {
    const type = shortType(typeUrl);
    this.#rejects[type] = (this.#rejects[type] ?? 0) + 1;
  }

  snapshot(connected: number): AdsCounters {
    return { pushes: { ...this.#pushes }, rejects: { ...this.#rejects }, connected };
  }
}
