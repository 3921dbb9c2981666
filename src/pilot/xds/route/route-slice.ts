// What a route configuration is printed from: plain data, already selected and resolved for one class of proxies.
import type { ResourceRef } from '../../../model/provenance.ts';
import type {
  Cors,
  Fault,
  HeaderOperations,
  HttpMatch,
  Redirect,
  RetryPolicy,
  Rewrite,
} from '../../../model/route-table.ts';
import type { HashKey } from '../../../model/traffic-policy.ts';

export interface RouteConfigSlice {
  /** `9080`, `reviews.shop.svc.cluster.local:9080` for a sniffed port, `http.8080` or `https.443...` for a gateway. */
  readonly name: string;
  readonly virtualHosts: readonly VirtualHostSlice[];
}

export interface VirtualHostSlice {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly RouteSlice[];
  /** Every request is redirected to https. */
  readonly requireTls: boolean;
}

export type RouteSlice = RuleRoute | DefaultRoute | FallbackRoute;

/** One match of one rule of a route table. */
export interface RuleRoute {
  readonly kind: 'rule';
  readonly config: ResourceRef;
  /** Field path of the match, or of the rule without matches, in that resource. */
  readonly path: string;
  readonly name: string;
  /** undefined matches everything. */
  readonly match: RouteMatchSlice | undefined;
  readonly statPrefix: string;
  /** Port that the request is for, as the client sees it. */
  readonly port: number;
  readonly tls: boolean;
  readonly action: RouteActionSlice;
  readonly headers: HeaderOperations | undefined;
  readonly fault: Fault | undefined;
  readonly cors: Cors | undefined;
}

export type RouteMatchSlice = Pick<
  HttpMatch,
  'uri' | 'ignoreUriCase' | 'scheme' | 'method' | 'authority' | 'headers' | 'withoutHeaders' | 'queryParams'
>;

export type RouteActionSlice =
  | ForwardSlice
  | { readonly kind: 'redirect'; readonly redirect: Redirect }
  | { readonly kind: 'direct'; readonly status: number; readonly body: BodySlice | undefined };

/** As text where it is text, so that people can read it in a dump. */
export type BodySlice = { readonly text: string } | { readonly base64: string };

export interface ForwardSlice {
  readonly kind: 'forward';
  /** With weights above 0, unless it is the only one. */
  readonly targets: readonly TargetSlice[];
  readonly rewrite: Rewrite | undefined;
  readonly timeoutMs: number | undefined;
  readonly retries: RetryPolicy | undefined;
  readonly mirrors: readonly { readonly cluster: string; readonly percent: number | undefined }[];
}

export interface TargetSlice {
  readonly cluster: string;
  readonly weight: number;
  readonly headers: HeaderOperations | undefined;
  readonly hash: HashKey | undefined;
}

/** A service's own route, where no route table claims its host. */
export interface DefaultRoute {
  readonly kind: 'default';
  readonly hostname: string;
  readonly port: number;
  readonly hash: HashKey | undefined;
}

/** Hosts that the mesh does not know: on to where the client wanted, or refused. */
export interface FallbackRoute {
  readonly kind: 'passthrough' | 'blackhole';
}
