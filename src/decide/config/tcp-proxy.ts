// Settings of the TCP proxy.
import type { AccessLog } from './access-log.ts';
import type { Metadata } from './value.ts';

export interface TcpProxy {
  readonly statPrefix: string;
  readonly target: TcpTarget;
  /** Without a byte in either direction; 0: none. Default one hour. */
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  readonly maxConnectAttempts: number;
  readonly hashSourceIp: boolean;
  readonly metadataMatch: Metadata | undefined;
  readonly accessLogs: readonly AccessLog[];
}

export type TcpTarget =
  | { readonly kind: 'cluster'; readonly cluster: string }
  | {
      readonly kind: 'weighted-clusters';
      readonly clusters: readonly {
        readonly cluster: string;
        readonly weight: number;
        readonly metadataMatch: Metadata | undefined;
      }[];
      readonly totalWeight: number;
    };
