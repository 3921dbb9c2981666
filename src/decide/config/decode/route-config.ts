// Decodes a RouteConfiguration.
import {
  DecoratorSchema,
  type Route as RouteMessage,
  RouteSchema,
  type VirtualHost as HostMessage,
  VirtualHost_TlsRequirementType as TlsRequirement,
  VirtualHostSchema,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import {
  type RouteConfiguration,
  RouteConfigurationSchema,
} from '../../../proto/gen/envoy/config/route/v3/route_pb.ts';
import type { Route, RouteConfig, VirtualHost } from '../route.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under } from './cursor.ts';
import { headerOperations } from './header-operations.ts';
import { perFilterConfigs } from './http-filters.ts';
import { knownFields } from './known-fields.ts';
import { mirrorPolicies } from './mirror-policies.ts';
import { retryPolicy } from './retry-policy.ts';
import { routeAction } from './route-action.ts';
import { routeMatch } from './route-match.ts';
import { enumName, headerName, headerText, metadata, requireText } from './value.ts';

/** Whether clusters exist is judged request by request: `validate_clusters` is only looked at where Envoy has it on (static routes). */
const checkConfig = knownFields(RouteConfigurationSchema, {
  read: [
    'name',
    'virtualHosts',
    'internalOnlyHeaders',
    'requestHeadersToAdd',
    'requestHeadersToRemove',
    'responseHeadersToAdd',
    'responseHeadersToRemove',
    'mostSpecificHeaderMutationsWins',
    'maxDirectResponseBodySizeBytes',
    'requestMirrorPolicies',
    'ignorePortInHostMatching',
    'ignorePathParametersInPathMatching',
    'typedPerFilterConfig',
    'metadata',
  ],
  harmless: ['validateClusters'],
});
/** Virtual clusters are names for statistics. */
const checkHost = knownFields(VirtualHostSchema, {
  read: [
    'name',
    'domains',
    'routes',
    'requireTls',
    'requestHeadersToAdd',
    'requestHeadersToRemove',
    'responseHeadersToAdd',
    'responseHeadersToRemove',
    'typedPerFilterConfig',
    'includeRequestAttemptCount',
    'includeAttemptCountInResponse',
    'retryPolicy',
    'perRequestBufferLimitBytes',
    'requestMirrorPolicies',
    'metadata',
  ],
  harmless: ['virtualClusters'],
});
/** Without a tracer a route's sampling decides nothing. */
const checkRoute = knownFields(RouteSchema, {
  read: [
    'name',
    'match',
    'action',
    'metadata',
    'decorator',
    'typedPerFilterConfig',
    'requestHeadersToAdd',
    'requestHeadersToRemove',
    'responseHeadersToAdd',
    'responseHeadersToRemove',
    'perRequestBufferLimitBytes',
    'statPrefix',
  ],
  harmless: ['tracing'],
});
const checkDecorator = knownFields(DecoratorSchema, { read: ['operation', 'propagate'] });

const defaultBodyBytes = 4096;

export function routeConfig(message: RouteConfiguration, at: Cursor): RouteConfig {
  checkConfig(message, at);
  const mostBodyBytes = message.maxDirectResponseBodySizeBytes ?? defaultBodyBytes;
  const hostsAt = under(at, 'virtual_hosts');
  const internalAt = under(at, 'internal_only_headers');
  const virtualHosts = message.virtualHosts.map((host, index) =>
    virtualHost(host, under(hostsAt, index), mostBodyBytes),
  );
  checkDistinct(virtualHosts, hostsAt);
  return {
    name: message.name,
    virtualHosts,
    ...headerOperations(message, at),
    internalOnlyHeaders: message.internalOnlyHeaders.map((name, index) =>
      headerName(name, under(internalAt, index), 'optional'),
    ),
    mostSpecificHeaderMutationsWins: message.mostSpecificHeaderMutationsWins,
    ignorePortInHostMatching: message.ignorePortInHostMatching,
    ignorePathParametersInPathMatching: message.ignorePathParametersInPathMatching,
    mirrors: mirrorPolicies(message.requestMirrorPolicies, at),
    perFilter: perFilterConfigs(message.typedPerFilterConfig, at),
    metadata: metadata(message.metadata, under(at, 'metadata')),
  };
}

/** A domain stands in one host only. Names of hosts may repeat. */
function checkDistinct(hosts: readonly VirtualHost[], at: Cursor): void {
  const domains = new Set<string>();
  for (const [index, host] of hosts.entries()) {
    const where = under(at, index);
    for (const [position, domain] of host.domains.entries()) {
      if (domains.has(domain)) {
        const message = `Only unique values for domains are permitted. Duplicate entry of domain ${domain}`;
        refuse(under(under(where, 'domains'), position), 'duplicate', message);
      }
      domains.add(domain);
    }
  }
}

const requirements = {
  [TlsRequirement.NONE]: 'none',
  [TlsRequirement.EXTERNAL_ONLY]: 'external-only',
  [TlsRequirement.ALL]: 'all',
} as const;

function virtualHost(message: HostMessage, at: Cursor, mostBodyBytes: number): VirtualHost {
  checkHost(message, at);
  const domainsAt = under(at, 'domains');
  const routesAt = under(at, 'routes');
  if (message.domains.length === 0) refuse(domainsAt, 'missing', 'value must contain at least 1 item(s)');
  return {
    name: requireText(message.name, under(at, 'name')),
    domains: message.domains.map((domain, index) => headerText(domain, under(domainsAt, index)).toLowerCase()),
    routes: message.routes.map((each, index) => route(each, under(routesAt, index), mostBodyBytes)),
    requireTls: enumName(requirements, message.requireTls, under(at, 'require_tls')),
    ...headerOperations(message, at),
    includeRequestAttemptCount: message.includeRequestAttemptCount,
    includeAttemptCountInResponse: message.includeAttemptCountInResponse,
    includeIsTimeoutRetryHeader: message.includeIsTimeoutRetryHeader,
    retryPolicy: message.retryPolicy && retryPolicy(message.retryPolicy, under(at, 'retry_policy')),
    mirrors: mirrorPolicies(message.requestMirrorPolicies, at),
    perRequestBufferLimitBytes: message.perRequestBufferLimitBytes,
    perFilter: perFilterConfigs(message.typedPerFilterConfig, at),
    metadata: metadata(message.metadata, under(at, 'metadata')),
  };
}

function route(message: RouteMessage, at: Cursor, mostBodyBytes: number): Route {
  checkRoute(message, at);
  return {
    name: message.name,
    match: routeMatch(message.match, under(at, 'match')),
    action: routeAction(message, at, mostBodyBytes),
    ...headerOperations(message, at),
    perFilter: perFilterConfigs(message.typedPerFilterConfig, at),
    perRequestBufferLimitBytes: message.perRequestBufferLimitBytes,
    decorator: decorator(message.decorator, under(at, 'decorator')),
    statPrefix: message.statPrefix,
    metadata: metadata(message.metadata, under(at, 'metadata')),
  };
}

function decorator(message: RouteMessage['decorator'], at: Cursor): Route['decorator'] {
  if (message === undefined) return undefined;
  checkDecorator(message, at);
  return { operation: requireText(message.operation, under(at, 'operation')), propagate: message.propagate ?? true };
}
