// Mesh-wide settings: what the `istio` MeshConfig document lowers to, with Istio's defaults.
import type { OutboundPolicy } from './sidecar-scope.ts';

export interface MeshSettings {
  readonly rootNamespace: string;
  readonly trustDomain: string;
  /** DNS suffix of Kubernetes services. */
  readonly domain: string;
  readonly outboundPolicy: OutboundPolicy;
  /** Path of the access log; empty switches it off. */
  readonly accessLogFile: string;
  readonly accessLogFormat: string;
  readonly accessLogEncoding: 'text' | 'json';
  /** `*`, `.`, `~` or namespaces, as written. */
  readonly defaultServiceExportTo: readonly string[];
  readonly defaultVirtualServiceExportTo: readonly string[];
  readonly defaultDestinationRuleExportTo: readonly string[];
  readonly connectTimeoutMs: number;
  /** Normalisation of the request path at the receiving side. */
  readonly pathNormalization: 'none' | 'base' | 'merge-slashes' | 'decode-and-merge-slashes';
  readonly protocolDetectionTimeoutMs: number;
  /** Worker threads of a sidecar; 0 leaves it to the proxy. */
  readonly concurrency: number;
}

export const defaultMeshSettings: MeshSettings = {
  rootNamespace: 'istio-system',
  trustDomain: 'cluster.local',
  domain: 'cluster.local',
  outboundPolicy: 'allow-any',
  accessLogFile: '',
  accessLogFormat: '',
  accessLogEncoding: 'text',
  defaultServiceExportTo: ['*'],
  defaultVirtualServiceExportTo: ['*'],
  defaultDestinationRuleExportTo: ['*'],
  connectTimeoutMs: 10_000,
  pathNormalization: 'base',
  protocolDetectionTimeoutMs: 0,
  concurrency: 2,
};
