// What `heddle up` was asked to do, after its command line was read.

export interface PublishedPort {
  /** As given, for messages. */
  readonly text: string;
  readonly address: string;
  readonly port: number;
  /** Port of the gateway's Service that it leads to. */
  readonly servicePort: number;
}

export interface UpOptions {
  readonly paths: readonly string[];
  readonly state: string;
  readonly images: readonly string[];
  readonly proxy: 'embedded' | 'envoy';
  /** The binary, for that proxy. */
  readonly envoy: string;
  readonly publish: readonly PublishedPort[];
  /** Run an ingress gateway when the manifests bring none. */
  readonly gateway: boolean;
  /** Label the namespaces that Heddle makes for injection. */
  readonly inject: boolean;
  readonly meshConfig?: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly apiPort: number;
  readonly readyTimeoutMs: number;
  /** What to try next, for the demo; lines. */
  readonly tryNext: readonly string[];
}

export const clusterDomain = 'cluster.local';
export const rootNamespace = 'istio-system';
