// Decodes a ClusterLoadAssignment.
import { HealthStatus } from '../../../proto/gen/envoy/config/core/v3/health_check_pb.ts';
import {
  EndpointSchema,
  type LbEndpoint,
  LbEndpointSchema,
  type LocalityLbEndpoints,
  LocalityLbEndpointsSchema,
} from '../../../proto/gen/envoy/config/endpoint/v3/endpoint_components_pb.ts';
import {
  type ClusterLoadAssignment,
  type ClusterLoadAssignment_Policy,
  ClusterLoadAssignment_PolicySchema,
  ClusterLoadAssignmentSchema,
} from '../../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import type { Endpoint, LoadAssignment, LocalityEndpoints } from '../endpoint.ts';
import { address } from './address.ts';
import type { Cursor } from './cursor.ts';
import { notYet, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { fraction, inRange, metadata, requireText } from './value.ts';

const check = knownFields(ClusterLoadAssignmentSchema, { read: ['clusterName', 'endpoints', 'policy'] });
const checkPolicy = knownFields(ClusterLoadAssignment_PolicySchema, {
  read: ['dropOverloads', 'overprovisioningFactor'],
});
/** Proximity is not looked at by Envoy itself. */
const checkLocality = knownFields(LocalityLbEndpointsSchema, {
  read: ['locality', 'metadata', 'lbEndpoints', 'lbConfig', 'loadBalancingWeight', 'priority'],
  harmless: ['proximity'],
});
const checkLbEndpoint = knownFields(LbEndpointSchema, {
  read: ['hostIdentifier', 'healthStatus', 'metadata', 'loadBalancingWeight'],
});
/** Without active health checks there is nothing to configure for them. */
const checkEndpoint = knownFields(EndpointSchema, { read: ['address', 'hostname'], harmless: ['healthCheckConfig'] });

const mostWeight = 4_294_967_295;

/** `hosts`: names where DNS is asked, else addresses. */
export function loadAssignment(message: ClusterLoadAssignment, at: Cursor, hosts: 'ip' | 'names'): LoadAssignment {
  check(message, at);
  const endpointsAt = under(at, 'endpoints');
  const localities = message.endpoints.map((each, index) => locality(each, under(endpointsAt, index), hosts));
  return {
    cluster: requireText(message.clusterName, under(at, 'cluster_name')),
    localities,
    ...policy(message.policy, under(at, 'policy')),
  };
}

function locality(message: LocalityLbEndpoints, at: Cursor, hosts: 'ip' | 'names'): LocalityEndpoints {
  checkLocality(message, at);
  const { lbConfig, loadBalancingWeight: weight } = message;
  if (lbConfig.case === 'ledsClusterLocalityConfig') notYet(under(at, 'leds_cluster_locality_config'), 'LEDS');
  const messages = lbConfig.case === 'loadBalancerEndpoints' ? lbConfig.value.lbEndpoints : message.lbEndpoints;
  const endpointsAt = under(at, 'lb_endpoints');
  const endpoints = messages.map((each, index) => lbEndpoint(each, under(endpointsAt, index), hosts));
  return {
    region: message.locality?.region ?? '',
    zone: message.locality?.zone ?? '',
    subZone: message.locality?.subZone ?? '',
    priority: inRange(message.priority, 0, 128, under(at, 'priority')),
    weight: weight === undefined ? undefined : inRange(weight, 1, mostWeight, under(at, 'load_balancing_weight')),
    endpoints,
  };
}

function lbEndpoint(message: LbEndpoint, at: Cursor, hosts: 'ip' | 'names'): Endpoint {
  checkLbEndpoint(message, at);
  const { hostIdentifier: by } = message;
  const endpointAt = under(at, 'endpoint');
  const endpoint = by.case === 'endpoint' ? by.value : undefined;
  if (by.case === 'endpointName') notYet(under(at, 'endpoint_name'), 'an endpoint by name');
  if (endpoint !== undefined) checkEndpoint(endpoint, endpointAt);
  return {
    address: address(endpoint?.address, under(endpointAt, 'address'), hosts),
    hostname: endpoint?.hostname ?? '',
    weight: inRange(message.loadBalancingWeight ?? 1, 1, mostWeight, under(at, 'load_balancing_weight')),
    health: health(message.healthStatus),
    metadata: metadata(message.metadata, under(at, 'metadata')),
  };
}

/** Timed-out hosts get no new requests either. */
function health(status: LbEndpoint['healthStatus']): Endpoint['health'] {
  if (status === HealthStatus.DRAINING) return 'draining';
  if (status === HealthStatus.UNHEALTHY || status === HealthStatus.TIMEOUT) return 'unhealthy';
  return status === HealthStatus.DEGRADED ? 'degraded' : 'healthy';
}

function policy(
  message: ClusterLoadAssignment_Policy | undefined,
  at: Cursor,
): Pick<LoadAssignment, 'overprovisioningPercent' | 'drops'> {
  if (message === undefined) return { overprovisioningPercent: 140, drops: [] };
  checkPolicy(message, at);
  const dropsAt = under(at, 'drop_overloads');
  const factorAt = under(at, 'overprovisioning_factor');
  return {
    overprovisioningPercent: inRange(message.overprovisioningFactor ?? 140, 1, mostWeight, factorAt),
    drops: message.dropOverloads.map(({ category, dropPercentage }, index) => ({
      category: requireText(category, under(under(dropsAt, index), 'category')),
      ...(dropPercentage === undefined
        ? { numerator: 0, denominator: 100 }
        : fraction(dropPercentage, under(under(dropsAt, index), 'drop_percentage'))),
    })),
  };
}
