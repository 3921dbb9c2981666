// A RouteConfiguration: virtual hosts by domain, and in each the routes in the order in which they are tried.
import type { HeaderOperations } from './header-operations.ts';
import type { PerFilterConfigs } from './http-filter.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { MirrorPolicy, RouteAction } from './route-action.ts';
import type { RouteMatch } from './route-match.ts';
import type { Metadata } from './value.ts';

export interface RouteConfig {
  readonly name: string;
  readonly virtualHosts: readonly VirtualHost[];
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
  /** Lower-cased; removed from requests that did not come from inside the mesh's trusted addresses. */
  readonly internalOnlyHeaders: readonly string[];
  /** Header operations run route configuration, virtual host, route, instead of the other way round. */
  readonly mostSpecificHeaderMutationsWins: boolean;
  /** The port in the request's host is ignored when a domain is looked for. */
  readonly ignorePortInHostMatching: boolean;
  /** Path parameters (`;a=b`) are left out when paths are compared. */
  readonly ignorePathParametersInPathMatching: boolean;
  readonly mirrors: readonly MirrorPolicy[];
  readonly perFilter: PerFilterConfigs;
  readonly metadata: Metadata;
}

export interface VirtualHost {
  readonly name: string;
  /** Lower-cased: `a.b`, `*.b` (any text before), `a.*` (any text after), `*`. */
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
  readonly requireTls: 'none' | 'external-only' | 'all';
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
  /** `x-envoy-attempt-count` towards the upstream, and on the response. */
  readonly includeRequestAttemptCount: boolean;
  readonly includeAttemptCountInResponse: boolean;
  readonly includeIsTimeoutRetryHeader: boolean;
  readonly retryPolicy: RetryPolicy | undefined;
  readonly mirrors: readonly MirrorPolicy[];
  /** A body longer than this cannot be sent again; undefined: the listener's limit. */
  readonly perRequestBufferLimitBytes: number | undefined;
  readonly perFilter: PerFilterConfigs;
  readonly metadata: Metadata;
}

export interface Route {
  readonly name: string;
  readonly match: RouteMatch;
  readonly action: RouteAction;
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
  readonly perFilter: PerFilterConfigs;
  readonly perRequestBufferLimitBytes: number | undefined;
  /** Name of the operation for traces; with `propagate` it is sent on as `x-envoy-decorator-operation`. */
  readonly decorator: { readonly operation: string; readonly propagate: boolean } | undefined;
  /** Statistics under `vhost.HOST.route.PREFIX`; empty: none. */
  readonly statPrefix: string;
  readonly metadata: Metadata;
}
