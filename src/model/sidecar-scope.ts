// What a workload's sidecar can see and how it treats the unknown: what the Sidecar kind lowers to.
import type { Age, Provenance } from './provenance.ts';
import type { Protocol } from './service.ts';

export type OutboundPolicy = 'registry-only' | 'allow-any';

export interface SidecarScope extends Age {
  readonly provenance: Provenance;
  readonly namespace: string;
  readonly name: string;
  /** undefined: every workload of the namespace (of the mesh, in the root namespace). */
  readonly workloadSelector: Readonly<Record<string, string>> | undefined;
  /** Empty: everything that is exported to the namespace. */
  readonly egress: readonly EgressListener[];
  readonly ingress: readonly IngressListener[];
  readonly outboundPolicy: OutboundPolicy | undefined;
}

export interface EgressListener {
  readonly provenance: Provenance;
  readonly port: { readonly number: number; readonly name: string; readonly protocol: Protocol } | undefined;
  readonly bind: string;
  readonly captureMode: 'default' | 'iptables' | 'none';
  readonly hosts: readonly EgressHost[];
}

export interface EgressHost {
  /** A namespace, `*` for any, `~` for none, `.` for the namespace of the proxy (not of the Sidecar: a default of the root namespace). */
  readonly namespace: string;
  /** `*`, `*.suffix` or a host name, lower case. */
  readonly host: string;
}

export interface IngressListener {
  readonly provenance: Provenance;
  readonly port: { readonly number: number; readonly name: string; readonly protocol: Protocol };
  readonly bind: string;
  readonly captureMode: 'default' | 'iptables' | 'none';
  /** `127.0.0.1:8080`, `unix:///path`, `0.0.0.0:8080` or empty. */
  readonly defaultEndpoint: string;
}
