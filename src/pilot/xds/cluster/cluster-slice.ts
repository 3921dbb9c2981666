// What a cluster is printed from: plain data, complete, so that its key can be computed from exactly this.
import type { ResourceRef } from '../../../model/provenance.ts';
import type { AssignmentSlice } from '../endpoint/assignment-slice.ts';

export interface ClusterSlice {
  readonly name: string;
  readonly discovery: Discovery;
  readonly connectTimeoutMs: number;
  readonly loadBalancer: ClusterBalancer;
  /** What the proxy speaks to it: HTTP/1.1, HTTP/2, or whatever its own client speaks. */
  readonly upstream: 'http1' | 'http2' | 'client';
  /** How long a pooled connection may idle, in ms; undefined leaves Envoy's default. */
  readonly idleTimeoutMs: number | undefined;
  readonly tls: UpstreamTls | undefined;
  /** Connections come from this address, which the redirect rules exempt. */
  readonly bindAddress: string;
  /** False only for the cluster that leads nowhere. */
  readonly circuitBreakers: boolean;
  readonly metadata: ClusterMetadata | undefined;
}

export type Discovery =
  | { readonly kind: 'eds' }
  | { readonly kind: 'strict-dns' | 'logical-dns' | 'static'; readonly endpoints: AssignmentSlice }
  | { readonly kind: 'original-dst'; readonly keepForever: boolean; readonly portOverride: number | undefined }
  | { readonly kind: 'nowhere' };

export type ClusterBalancer =
  | { readonly kind: 'least-request' | 'round-robin' | 'random' | 'provided' }
  | { readonly kind: 'ring-hash'; readonly minimumRingSize: number }
  | { readonly kind: 'maglev'; readonly tableSize: number | undefined };

export interface UpstreamTls {
  /** Empty: the host of the request. */
  readonly sni: string;
  /** Names of which the server's certificate must show one; empty: the host of the request, if `verify`. */
  readonly subjectAltNames: readonly string[];
  readonly verify: boolean;
}

export interface ClusterMetadata {
  readonly config: ResourceRef | undefined;
  readonly subset: string;
  readonly port: number | undefined;
  readonly external: boolean;
  readonly services: readonly { readonly host: string; readonly name: string; readonly namespace: string }[];
}
