// Prints a RouteConfiguration from its slice.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { RouteSchema, VirtualHostSchema } from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import { VirtualHost_TlsRequirementType as TlsRequirement } from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import {
  type RouteConfiguration,
  RouteConfigurationSchema,
} from '../../../proto/gen/envoy/config/route/v3/route_pb.ts';
import { outboundCluster, passthroughCluster } from '../cluster/cluster-name.ts';
import { printDefaultForward, timeouts } from './print-forward.ts';
import { printRule } from './print-rule.ts';
import type { DefaultRoute, FallbackRoute, RouteConfigSlice, RouteSlice, VirtualHostSlice } from './route-slice.ts';

type Route = MessageInitShape<typeof RouteSchema>;

export function printRouteConfig(slice: RouteConfigSlice): RouteConfiguration {
  return create(RouteConfigurationSchema, {
    name: slice.name,
    virtualHosts: slice.virtualHosts.map(printHost),
    // Routes may name clusters that do not exist (yet): those requests fail, the configuration stays.
    validateClusters: false,
    ignorePortInHostMatching: true,
    maxDirectResponseBodySizeBytes: 1024 * 1024,
  });
}

function printHost(host: VirtualHostSlice): MessageInitShape<typeof VirtualHostSchema> {
  return {
    name: host.name,
    domains: [...host.domains],
    routes: host.routes.map(printRoute),
    includeRequestAttemptCount: true,
    ...(host.requireTls && { requireTls: TlsRequirement.ALL }),
  };
}

function printRoute(route: RouteSlice): Route {
  switch (route.kind) {
    case 'rule':
      return printRule(route);
    case 'default':
      return printDefault(route);
    case 'passthrough':
    case 'blackhole':
      return printFallback(route);
  }
}

function printDefault({ hostname, port, hash }: DefaultRoute): Route {
  return {
    name: 'default',
    match: { pathSpecifier: { case: 'prefix', value: '/' } },
    decorator: { operation: `${hostname}:${port}/*` },
    action: { case: 'route', value: printDefaultForward(outboundCluster(hostname, port), hash) },
  };
}

function printFallback({ kind }: FallbackRoute): Route {
  return {
    name: kind === 'passthrough' ? 'allow_any' : 'block_all',
    match: { pathSpecifier: { case: 'prefix', value: '/' } },
    action:
      kind === 'passthrough'
        ? { case: 'route', value: { ...timeouts(0), clusterSpecifier: { case: 'cluster', value: passthroughCluster } } }
        : { case: 'directResponse', value: { status: 502 } },
  };
}
