// What every configuration kind implements: its names, its schema, its own checks, and how it lowers into the model.
import type { Issue } from '../../lib/issue.ts';
import type { ObjectMeta } from '../../lib/kubernetes.ts';
import type { Gateway } from '../../model/gateway.ts';
import type { MeshSettings } from '../../model/mesh-settings.ts';
import type { ResourceRef } from '../../model/provenance.ts';
import type { RouteTable } from '../../model/route-table.ts';
import type { Endpoint, Service, Workload } from '../../model/service.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import type { DestinationPolicy } from '../../model/traffic-policy.ts';
import type { Schema } from '../schema.ts';

/**
 * A resource whose body has passed its kind's schema. The body is the object without `apiVersion`, `kind` and `metadata`
 * (`{ spec, status }` for most kinds), so that field paths come out as people write them: `spec.http[0]`.
 */
export interface Resource<Body = unknown> {
  readonly ref: ResourceRef;
  readonly metadata: ObjectMeta;
  /** As `Age.createdAtMs`. */
  readonly createdAtMs: number;
  readonly body: Body;
}

/** One kind, one file `kinds/KIND.ts` (or a folder of that name), one line in `kinds/index.ts`. */
export interface ConfigKind<Body = unknown> {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  /** The first is the one that is stored. */
  readonly versions: readonly [string, ...string[]];
  /** As in the API's paths. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Checks the body (see Resource); unknown fields, types, ranges, enums and not-yet warnings are its part. */
  readonly schema: Schema<Body>;
  /** What the schema cannot say but the resource alone can tell. Errors here are what Istio's webhook would deny. */
  validate?(resource: Resource<Body>, context: KindContext): Issue[];
  /** References that lead nowhere: warnings only, since what they name may come later. */
  references?(resource: Resource<Body>, known: KnownResources, context: KindContext): Issue[];
  /** Pure, and only of its arguments: the result is kept until the resource or the settings change. */
  lower?(resource: Resource<Body>, context: KindContext): ModelPart;
}

export interface KindContext {
  /** Root namespace, domain and the default exportTo values in force. */
  readonly settings: MeshSettings;
}

/** What one resource adds to the model. ConfigSet joins the parts, sorts them and connects slices and selectors. */
export interface ModelPart {
  /** Only of the mesh's MeshConfig. */
  readonly settings?: MeshSettings;
  readonly namespace?: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly services?: readonly Service[];
  /** Endpoints that are written down in the resource (a ServiceEntry's), by `serviceKey`. */
  readonly endpoints?: readonly { readonly service: string; readonly endpoints: readonly Endpoint[] }[];
  readonly endpointSlices?: readonly EndpointSlicePart[];
  readonly workloads?: readonly Workload[];
  readonly routeTables?: readonly RouteTable[];
  readonly destinationPolicies?: readonly DestinationPolicy[];
  readonly gateways?: readonly Gateway[];
  readonly sidecarScopes?: readonly SidecarScope[];
}

/** An EndpointSlice before it is joined with its service and its pods. */
export interface EndpointSlicePart {
  readonly namespace: string;
  /** The Kubernetes service's name. */
  readonly service: string;
  readonly ports: readonly { readonly name: string; readonly port: number | undefined }[];
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly ready: boolean;
    readonly serving: boolean;
    readonly terminating: boolean;
    /** Name of the pod, if `targetRef` is one. */
    readonly pod: string;
    /** The pod's own name in the service's domain; empty if it has none. */
    readonly hostname: string;
    readonly zone: string;
  }[];
}

/** What `references` may ask. Host names are complete (FQDN) and in lower case. */
export interface KnownResources {
  /** A service of that host name, or a wildcard service that covers it, exported to the namespace. */
  hasHost(hostname: string, fromNamespace: string): boolean;
  /** Service port numbers of the host; empty when the host is unknown. */
  portsOf(hostname: string): ReadonlySet<number>;
  /** Subset names that any DestinationRule for the host defines. */
  subsetsOf(hostname: string): ReadonlySet<string>;
  hasGateway(namespace: string, name: string): boolean;
  /** A VirtualService of that name (delegates). */
  hasRouteTable(namespace: string, name: string): boolean;
  /** A workload with all these labels; namespace `*` looks everywhere. */
  hasWorkload(namespace: string, labels: Readonly<Record<string, string>>): boolean;
}
