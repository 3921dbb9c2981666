// The seam between what Pilot prints and what ADS sends: encoded resources, by type and name, for one proxy.

/** A proxy as it introduced itself in its first request (Envoy's `node`, with Istio's metadata). */
export interface ProxyNode {
  /** `sidecar~10.1.0.7~reviews-v1-abc.shop~shop.svc.cluster.local` */
  readonly id: string;
  readonly type: 'sidecar' | 'router';
  readonly addresses: readonly string[];
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly dnsDomain: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One resource, printed and encoded once and shared by every proxy whose slice of the model is the same. */
export interface EncodedResource {
  readonly name: string;
  /** Hash of the bytes: equal versions, equal bytes. */
  readonly version: string;
  /** The message's bytes, as they go into `Any.value`. */
  readonly bytes: Uint8Array;
}

/** All that one proxy is to have at one moment. `of` an unknown type is an empty map. */
export interface ProxyResources {
  of(typeUrl: string): ReadonlyMap<string, EncodedResource>;
}

export type GenerateResources = (proxy: ProxyNode) => ProxyResources;

export const typeUrls = {
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoint: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  nameTable: 'type.googleapis.com/istio.networking.nds.v1.NameTable',
} as const;
