// The HTTP filters that the proxy has, and their settings in the chain and per route.
import type { CorsPolicy } from './cors.ts';
import type { FaultConfig } from './fault.ts';
import type { RouterConfig } from './router.ts';

/** `name` is the key under which routes override the filter's settings. */
export type HttpFilter = { readonly name: string; readonly disabled: boolean } & HttpFilterConfig;

export type HttpFilterConfig =
  | { readonly kind: 'router'; readonly config: RouterConfig }
  | { readonly kind: 'fault'; readonly config: FaultConfig }
  /** Does nothing unless a route has a policy. */
  | { readonly kind: 'cors' }
  /** For statistics of gRPC calls; behaviour is unchanged. */
  | { readonly kind: 'grpc-stats'; readonly emitFilterState: boolean }
  | { readonly kind: 'grpc-web' };

export type PerFilterConfig =
  | { readonly kind: 'fault'; readonly config: FaultConfig }
  | { readonly kind: 'cors'; readonly config: CorsPolicy }
  /** Envoy's FilterConfig with `disabled`: the filter is skipped; false switches one on that is off in the chain. */
  | { readonly kind: 'switch'; readonly disabled: boolean };

/** By the filter's name. The most specific wins whole: weighted cluster, route, virtual host, route configuration. */
export type PerFilterConfigs = ReadonlyMap<string, PerFilterConfig>;
