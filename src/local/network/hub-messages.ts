// What the supervisor and its helper in the hub namespace say to each other over Node's own channel.
import type { DnsZone } from './dns-zone.ts';

/** One probe from the node's side into a pod. */
export type NetworkProbe =
  | {
      readonly kind: 'http';
      readonly address: string;
      readonly port: number;
      readonly path: string;
      readonly tls: boolean;
      readonly headers: readonly (readonly [string, string])[];
    }
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number };

/** Of any probe, whoever ran it; the message says why not. */
export interface ProbeOutcome {
  readonly ok: boolean;
  readonly message: string;
}

export type ToHub =
  | { readonly type: 'start-dns'; readonly address: string }
  | { readonly type: 'zone'; readonly zone: DnsZone }
  | { readonly type: 'forwarded'; readonly id: number; readonly answer: Uint8Array | undefined }
  | { readonly type: 'probe'; readonly id: number; readonly probe: NetworkProbe; readonly timeoutMs: number }
  /** Comes with the host's listening socket. */
  | { readonly type: 'publish'; readonly name: string }
  /** Whom connections of a published socket go to, in turn. */
  | { readonly type: 'targets'; readonly name: string; readonly targets: readonly Target[] };

export interface Target {
  readonly address: string;
  readonly port: number;
}

export type FromHub =
  | { readonly type: 'ready' }
  | { readonly type: 'forward'; readonly id: number; readonly query: Uint8Array }
  | { readonly type: 'probed'; readonly id: number; readonly ok: boolean; readonly message: string };
