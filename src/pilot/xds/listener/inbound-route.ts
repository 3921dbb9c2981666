// Prints the one route of an inbound chain: every host and path goes to the application's port.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RouteConfigurationSchema } from '../../../proto/gen/envoy/config/route/v3/route_pb.ts';
import { duration } from '../duration.ts';
import type { HttpManager } from './listener-slice.ts';

type InboundRoute = Extract<HttpManager['routes'], { kind: 'inbound' }>;

/** Retries here only what never reached the application; everything else is the client's side to decide. */
export function inboundRouteConfiguration(route: InboundRoute): MessageInitShape<typeof RouteConfigurationSchema> {
  return {
    name: route.cluster,
    validateClusters: false,
    virtualHosts: [
      {
        name: route.name,
        domains: ['*'],
        routes: [
          {
            name: 'default',
            match: { pathSpecifier: { case: 'prefix', value: '/' } },
            decorator: { operation: route.operation },
            action: {
              case: 'route',
              value: {
                clusterSpecifier: { case: 'cluster', value: route.cluster },
                timeout: duration(0),
                maxStreamDuration: { maxStreamDuration: duration(0), grpcTimeoutHeaderMax: duration(0) },
                retryPolicy: { retryOn: 'reset-before-request', numRetries: 2 },
              },
            },
          },
        ],
      },
    ],
  };
}
