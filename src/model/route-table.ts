// The route table: what VirtualService (and later HTTPRoute) lower to, and what Pilot prints as RouteConfiguration.
import type { Age, Provenance } from './provenance.ts';
import type { ExportTo } from './service.ts';

export type StringMatch =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: string };

/** A header or query parameter by name. `present` matches any value (an empty StringMatch in YAML). */
export type ValueMatch = StringMatch | { readonly kind: 'present' };

export interface RouteTable extends Age {
  readonly provenance: Provenance;
  readonly namespace: string;
  readonly name: string;
  /**
   * Hosts as configured, short Kubernetes names completed by the kind (`reviews` -> `reviews.shop.svc.cluster.local`), lower
   * case, wildcards kept. Empty for a delegate.
   */
  readonly hosts: readonly string[];
  /** `mesh`, or gateways as `namespace/name`. */
  readonly gateways: readonly string[];
  readonly exportTo: ExportTo;
  readonly http: readonly HttpRule[];
  readonly tcp: readonly TcpRule[];
  readonly tls: readonly TlsRule[];
}

export interface HttpRule {
  readonly provenance: Provenance;
  readonly name: string;
  /** Any of these; an empty list matches everything. */
  readonly matches: readonly HttpMatch[];
  readonly action: HttpAction;
  readonly rewrite: Rewrite | undefined;
  /** undefined: none was set; 0: disabled. */
  readonly timeoutMs: number | undefined;
  readonly retries: RetryPolicy | undefined;
  readonly fault: Fault | undefined;
  readonly mirrors: readonly Mirror[];
  readonly cors: Cors | undefined;
  readonly headers: HeaderOperations | undefined;
}

export interface HttpMatch {
  readonly provenance: Provenance;
  readonly name: string;
  readonly uri: StringMatch | undefined;
  readonly ignoreUriCase: boolean;
  readonly scheme: StringMatch | undefined;
  readonly method: StringMatch | undefined;
  readonly authority: StringMatch | undefined;
  readonly headers: readonly { readonly name: string; readonly match: ValueMatch }[];
  readonly withoutHeaders: readonly { readonly name: string; readonly match: ValueMatch }[];
  readonly queryParams: readonly { readonly name: string; readonly match: ValueMatch }[];
  readonly port: number | undefined;
  readonly sourceLabels: Readonly<Record<string, string>>;
  readonly sourceNamespace: string;
  /** Same form as RouteTable.gateways; empty: the table's own. */
  readonly gateways: readonly string[];
  readonly statPrefix: string;
}

export type HttpAction =
  | { readonly kind: 'route'; readonly destinations: readonly WeightedDestination[] }
  | { readonly kind: 'redirect'; readonly redirect: Redirect }
  | { readonly kind: 'direct'; readonly status: number; readonly body: Uint8Array | undefined }
  | { readonly kind: 'delegate'; readonly namespace: string; readonly name: string };

export interface Destination {
  /** Host as completed by the kind (short names to FQDN), lower case. */
  readonly host: string;
  readonly subset: string;
  readonly port: number | undefined;
}

export interface WeightedDestination {
  readonly destination: Destination;
  /** As written; 0 on a lone destination means all. */
  readonly weight: number;
  readonly headers: HeaderOperations | undefined;
}

export interface Redirect {
  readonly uri: string;
  readonly authority: string;
  readonly scheme: string;
  readonly port:
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'from-protocol-default' }
    | { readonly kind: 'from-request-port' }
    | undefined;
  /** 301 unless set. */
  readonly code: number;
}

export interface Rewrite {
  readonly uri: string;
  readonly authority: string;
  readonly uriRegex: { readonly match: string; readonly rewrite: string } | undefined;
}

export interface RetryPolicy {
  /** 0 switches retries off. */
  readonly attempts: number;
  readonly perTryTimeoutMs: number | undefined;
  /** As written, comma separated; empty for the default conditions. */
  readonly retryOn: string;
  readonly retryRemoteLocalities: boolean | undefined;
  readonly retryIgnorePreviousHosts: boolean | undefined;
  readonly backoffMs: number | undefined;
}

export interface Fault {
  readonly delay: { readonly fixedMs: number; readonly percent: number | undefined } | undefined;
  readonly abort:
    | {
        readonly httpStatus: number | undefined;
        readonly grpcStatus: string | undefined;
        readonly percent: number | undefined;
      }
    | undefined;
}

export interface Mirror {
  readonly destination: Destination;
  /** 0 to 100; undefined means all. */
  readonly percent: number | undefined;
}

export interface Cors {
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeMs: number | undefined;
  readonly allowCredentials: boolean | undefined;
  readonly unmatchedPreflights: 'unspecified' | 'forward' | 'ignore';
}

export interface HeaderOperations {
  readonly request: HeaderChange;
  readonly response: HeaderChange;
}

/** In the order in which Istio applies them: names sorted, so that equal configuration prints equal bytes. */
export interface HeaderChange {
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
  readonly remove: readonly string[];
}

export interface L4Match {
  readonly destinationSubnets: readonly string[];
  readonly port: number | undefined;
  readonly sourceLabels: Readonly<Record<string, string>>;
  readonly sourceNamespace: string;
  readonly gateways: readonly string[];
}

export interface TcpRule {
  readonly provenance: Provenance;
  readonly matches: readonly L4Match[];
  readonly destinations: readonly WeightedDestination[];
}

export interface TlsRule {
  readonly provenance: Provenance;
  readonly matches: readonly (L4Match & { readonly sniHosts: readonly string[] })[];
  readonly destinations: readonly WeightedDestination[];
}
