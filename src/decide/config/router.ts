// The router filter's settings.

export interface RouterConfig {
  /** Leaves out `x-envoy-*` headers towards the upstream and back. */
  readonly suppressEnvoyHeaders: boolean;
  readonly respectExpectedRqTimeout: boolean;
  /** Request headers whose malformed value is answered with 400 instead of being ignored (lower-cased). */
  readonly strictCheckHeaders: readonly string[];
  /** Whether statistics by request and response are kept as `cluster.NAME.upstream_rq_*` by code and zone. */
  readonly dynamicStats: boolean;
}
