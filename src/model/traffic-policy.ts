// How to talk to a destination: what DestinationRule lowers to.
import type { Age, Provenance } from './provenance.ts';
import type { ExportTo } from './service.ts';

export interface DestinationPolicy extends Age {
  readonly provenance: Provenance;
  readonly namespace: string;
  readonly name: string;
  /** Completed to an FQDN, lower case; may start with `*`. */
  readonly host: string;
  readonly exportTo: ExportTo;
  /** Only for clients with these labels in this namespace; undefined for all. */
  readonly workloadSelector: Readonly<Record<string, string>> | undefined;
  readonly policy: TrafficPolicy | undefined;
  readonly subsets: readonly Subset[];
}

export interface Subset {
  readonly provenance: Provenance;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly policy: TrafficPolicy | undefined;
}

export interface TrafficPolicy extends PortPolicy {
  /** By service port number; a port's policy replaces, field by field of PortPolicy, what stands above it. */
  readonly ports: readonly { readonly port: number; readonly policy: PortPolicy }[];
}

export interface PortPolicy {
  readonly loadBalancer: LoadBalancer | undefined;
  readonly tls: ClientTls | undefined;
}

export type LoadBalancer =
  | { readonly kind: 'unspecified' | 'round-robin' | 'least-request' | 'random' | 'passthrough' }
  | { readonly kind: 'consistent-hash'; readonly key: HashKey; readonly algorithm: HashAlgorithm };

export type HashKey =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string; readonly path: string; readonly ttlMs: number | undefined }
  | { readonly kind: 'source-ip' }
  | { readonly kind: 'query'; readonly name: string };

export type HashAlgorithm =
  | { readonly kind: 'ring-hash'; readonly minimumRingSize: number }
  | { readonly kind: 'maglev'; readonly tableSize: number | undefined };

export interface ClientTls {
  readonly mode: 'disable' | 'simple' | 'mutual' | 'istio-mutual';
  readonly sni: string;
  readonly subjectAltNames: readonly string[];
  readonly insecureSkipVerify: boolean | undefined;
}
