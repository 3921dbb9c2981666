// What a listener is printed from: plain data, complete, so that its key can be computed from exactly this.
import type { ResourceRef } from '../../../model/provenance.ts';

export interface ListenerSlice {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly direction: 'inbound' | 'outbound';
  /** False for listeners that only take over connections redirected to another one. */
  readonly bindToPort: boolean;
  readonly useOriginalDst: boolean;
  readonly filters: readonly ListenerFilter[];
  /** How long inspectors may wait for the first bytes, in ms; 0 forever; undefined leaves Envoy's default. */
  readonly inspectionTimeoutMs: number | undefined;
  /** Whether a connection that stayed silent for that long goes on, or is closed. */
  readonly continueAfterTimeout: boolean;
  readonly chains: readonly FilterChain[];
  /** Taken when no chain matches. */
  readonly defaultChain: FilterChain | undefined;
  /** Logs connections that no chain took. */
  readonly accessLog: AccessLog | undefined;
}

export interface ListenerFilter {
  readonly kind: 'original-dst' | 'tls-inspector' | 'http-inspector';
  /** Destination ports on which it does nothing, or (`except`) the only ones on which it works; undefined: it works on all. */
  readonly disabledOn: { readonly ports: readonly number[]; readonly except: boolean } | undefined;
}

export interface FilterChain {
  /** Empty for a chain without a name. */
  readonly name: string;
  readonly match: ChainMatch;
  readonly filter: NetworkFilter;
  /** The configuration that the chain was made from, beyond the service itself. */
  readonly config: ResourceRef | undefined;
}

/** All of these have to hold; an empty field holds always. */
export interface ChainMatch {
  readonly destinationPort: number | undefined;
  readonly serverNames: readonly string[];
  /** Addresses (`10.1.2.3`) or ranges (`10.1.0.0/16`). */
  readonly prefixRanges: readonly string[];
  readonly applicationProtocols: readonly string[];
  readonly transportProtocol: '' | 'raw_buffer' | 'tls';
}

export type NetworkFilter = HttpManager | TcpProxy;

/** An HTTP connection manager. */
export interface HttpManager {
  readonly kind: 'http';
  readonly side: 'outbound' | 'inbound' | 'gateway';
  readonly statPrefix: string;
  /** The name of a route configuration that comes over ADS, or one route to the application that is printed inline. */
  readonly routes:
    | { readonly kind: 'rds'; readonly name: string }
    | { readonly kind: 'inbound'; readonly cluster: string; readonly name: string; readonly operation: string };
  readonly pathNormalization: 'none' | 'base' | 'merge-slashes' | 'decode-and-merge-slashes';
  /** Translates gRPC-Web requests. */
  readonly grpcWeb: boolean;
  readonly accessLog: AccessLog | undefined;
}

export interface TcpProxy {
  readonly kind: 'tcp';
  readonly statPrefix: string;
  /** One cluster, or several with weights above 0. */
  readonly clusters: readonly { readonly name: string; readonly weight: number }[];
  readonly hashBySource: boolean;
  readonly accessLog: AccessLog | undefined;
}

export interface AccessLog {
  readonly path: string;
  readonly encoding: 'text' | 'json';
  /** Empty for Istio's default format. */
  readonly format: string;
}
