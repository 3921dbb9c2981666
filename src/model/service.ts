// Services, their endpoints and the workloads behind them: what discovery knows, whichever registry it came from.
import type { Age, Provenance } from './provenance.ts';

/** Istio's protocol of a port. `unsupported` is an unnamed or unknown port whose protocol has to be sniffed. */
export type Protocol =
  | 'http'
  | 'http2'
  | 'grpc'
  | 'grpc-web'
  | 'tcp'
  | 'tls'
  | 'https'
  | 'mongo'
  | 'mysql'
  | 'redis'
  | 'udp'
  | 'auto';

export interface ServicePort {
  readonly name: string;
  readonly number: number;
  readonly protocol: Protocol;
  /** The workload's port: a number, a container port's name, or undefined for the same number. */
  readonly targetPort: number | string | undefined;
}

/**
 * How a client gets from the service to an address.
 * `eds`: the control plane sends endpoints · `dns`: the proxy resolves names, using every answer (STRICT_DNS) ·
 * `dns-round-robin`: it resolves one name (LOGICAL_DNS) · `passthrough`: the address that the client dialled (headless, NONE).
 */
export type Resolution = 'eds' | 'dns' | 'dns-round-robin' | 'passthrough';

/** Namespaces that see the object: everyone, or those listed (the owner's own namespace is already resolved from `.`). */
export type ExportTo = { readonly all: true } | { readonly all: false; readonly namespaces: readonly string[] };

export function isExportedTo(exportTo: ExportTo, namespace: string): boolean {
  return exportTo.all || exportTo.namespaces.includes(namespace);
}

export interface Service extends Age {
  readonly provenance: Provenance;
  /** `reviews.shop.svc.cluster.local`, or a ServiceEntry's host, which may start with `*.`. Lower case. */
  readonly hostname: string;
  readonly name: string;
  readonly namespace: string;
  readonly registry: 'kubernetes' | 'external';
  /** Cluster address, or a ServiceEntry's addresses (an IP or a CIDR each). Empty for headless or when there is none. */
  readonly addresses: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly resolution: Resolution;
  /** A Kubernetes service with `clusterIP: None`. */
  readonly headless: boolean;
  readonly meshExternal: boolean;
  readonly exportTo: ExportTo;
  /** Labels of the workloads behind it (Kubernetes selector, or a ServiceEntry's workloadSelector). */
  readonly selector: Readonly<Record<string, string>> | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** An ExternalName service's target. */
  readonly externalName: string | undefined;
  readonly subjectAltNames: readonly string[];
  readonly sessionAffinity: 'none' | 'client-ip';
  /** `publishNotReadyAddresses`: endpoints count before they are ready. */
  readonly publishNotReady: boolean;
}

/** One address of one service port. Grouped by service in the model; `portName` says which port it serves. */
export interface Endpoint {
  /** IP address; a host name where the service resolves by DNS; `unix:///path` for a socket. */
  readonly address: string;
  readonly port: number;
  readonly portName: string;
  readonly health: 'healthy' | 'draining' | 'unhealthy';
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly namespace: string;
  /** Name of the pod or WorkloadEntry; empty when the registry does not tell. */
  readonly workloadName: string;
  readonly locality: Locality;
  /** Name of the pod within the service's domain, where it has one (a StatefulSet's pods: `db-0`). */
  readonly hostname?: string;
  /** Relative share; 0 means none was given. */
  readonly weight: number;
  readonly network: string;
}

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/** A pod or a machine that runs something: what a proxy is matched to when it connects, and what selectors select. */
export interface Workload {
  readonly provenance: Provenance;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly serviceAccount: string;
  /** Container port names to numbers, for services whose targetPort is a name. */
  readonly namedPorts: Readonly<Record<string, number>>;
  readonly ready: boolean;
  readonly hostNetwork: boolean;
}
