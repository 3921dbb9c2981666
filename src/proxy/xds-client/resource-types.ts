// The resource types that a proxy asks for, as the wire names them.

export const typeUrls = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoint: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
} as const;

export type ResourceKind = keyof typeof typeUrls;

/** Make before break: what others refer to comes first. */
export const resourceKinds: readonly ResourceKind[] = ['cluster', 'endpoint', 'listener', 'route'];

/** One resource as it came: what was decoded from it is somebody else's. */
export interface RawResource {
  readonly name: string;
  readonly version: string;
  /** Bytes of the message, without the Any around it. */
  readonly bytes: Uint8Array;
}

export interface Update {
  readonly resources: readonly RawResource[];
  readonly removed: readonly string[];
}

/** What became of an update: the refused ones by name, with the reason. What was good is in force in any case. */
export type Refusals = ReadonlyMap<string, string>;
