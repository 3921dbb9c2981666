// The whole model at one moment. Galley makes a new one after each change; parts that did not change keep their identity.
import type { Gateway } from './gateway.ts';
import type { MeshSettings } from './mesh-settings.ts';
import type { RouteTable } from './route-table.ts';
import type { Endpoint, Service, Workload } from './service.ts';
import type { SidecarScope } from './sidecar-scope.ts';
import type { DestinationPolicy } from './traffic-policy.ts';

export interface MeshModel {
  /** Grows with each change that alters the model. */
  readonly generation: number;
  readonly settings: MeshSettings;
  /** Namespace labels by name. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** In Istio's order of precedence: oldest first, then by name, then by namespace. So are the lists below. */
  readonly services: readonly Service[];
  /** By `namespace/hostname`: two namespaces may each declare the same external host. */
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>;
  readonly workloads: readonly Workload[];
  readonly routeTables: readonly RouteTable[];
  readonly destinationPolicies: readonly DestinationPolicy[];
  readonly gateways: readonly Gateway[];
  readonly sidecarScopes: readonly SidecarScope[];
}

export function serviceKey(service: { readonly namespace: string; readonly hostname: string }): string {
  return `${service.namespace}/${service.hostname}`;
}
