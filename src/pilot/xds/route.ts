// RDS: all route configurations of a proxy. A sidecar's are composed once for its class.
import { RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import type { Printer } from '../print-cache.ts';
import type { ProxyView } from '../proxy-view.ts';
import type { ViewClass } from '../view/view-class.ts';
import { gatewayRoutes } from './route/gateway-routes.ts';
import { outboundRoutes } from './route/outbound-routes.ts';
import { printRouteConfig } from './route/print-route.ts';
import type { RouteConfigSlice } from './route/route-slice.ts';

export const routePrinter: Printer<RouteConfigSlice, typeof RouteConfigurationSchema> = {
  schema: RouteConfigurationSchema,
  nameOf: ({ name }) => name,
  print: printRouteConfig,
};

export function routeSlices(view: ProxyView): readonly RouteConfigSlice[] {
  if (view.proxy.type === 'router') return gatewayRoutes(view);
  const known = composed.get(view.class) ?? outboundRoutes(view.class);
  composed.set(view.class, known);
  return known;
}

const composed = new WeakMap<ViewClass, readonly RouteConfigSlice[]>();
