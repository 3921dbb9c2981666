// Gateways: which ports an edge proxy opens, and for which hosts.
import type { Age, Provenance } from './provenance.ts';

export interface Gateway extends Age {
  readonly provenance: Provenance;
  readonly namespace: string;
  readonly name: string;
  /** Labels of the proxies that serve it; empty selects every gateway proxy. */
  readonly selector: Readonly<Record<string, string>>;
  readonly servers: readonly GatewayServer[];
}

export interface GatewayServer {
  readonly provenance: Provenance;
  readonly name: string;
  readonly port: { readonly number: number; readonly name: string; readonly protocol: GatewayProtocol };
  readonly bind: string;
  readonly hosts: readonly GatewayHost[];
  readonly tls: GatewayTls | undefined;
}

export type GatewayProtocol = 'http' | 'http2' | 'grpc' | 'https' | 'tcp' | 'tls' | 'hbone' | 'mongo';

export interface GatewayHost {
  /** Namespace whose VirtualServices may bind: a name, `*` for any, already resolved from `.`. */
  readonly namespace: string;
  /** Lower case, may start with `*`. */
  readonly host: string;
}

export interface GatewayTls {
  readonly httpsRedirect: boolean;
  readonly mode:
    | 'passthrough'
    | 'simple'
    | 'mutual'
    | 'auto-passthrough'
    | 'istio-mutual'
    | 'optional-mutual'
    | 'unset';
  readonly credentialName: string;
}
