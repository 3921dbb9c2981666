// Envoy's bootstrap: who it is, where its configuration comes from, its admin and its metrics. Always JSON: in YAML an
// unquoted `y` would be a boolean.
import { MeshError } from '../lib/mesh-error.ts';
import { parseSocketAddress } from '../lib/socket-address.ts';
import type { AgentPorts } from './agent-ports.ts';
import type { AgentSettings } from './agent-settings.ts';
import { proxyIdentity } from './proxy-identity.ts';
import { statsConfig } from './stats-config.ts';

type Json = Readonly<Record<string, unknown>>;

/** The names of these two clusters are Istio's; dashboards read their statistics. */
const xdsCluster = 'xds-grpc';
const adminCluster = 'prometheus_stats';

export function bootstrap(settings: AgentSettings, ports: AgentPorts): Json {
  const identity = proxyIdentity(settings);
  return {
    node: { id: identity.id, cluster: identity.cluster, locality: {}, metadata: identity.metadata },
    layered_runtime: {
      layers: [
        { name: 'global config', static_layer: runtimeValues(settings) },
        { name: 'admin', admin_layer: {} },
      ],
    },
    stats_config: statsConfig,
    overload_manager: { resource_monitors: [noConnectionLimit] },
    admin: { address: socketAddress('127.0.0.1', ports.admin), ignore_global_conn_limit: true },
    dynamic_resources: dynamicResources(),
    static_resources: {
      clusters: [adminEndpoint(ports.admin), xdsEndpoint(settings.xdsAddress)],
      listeners: [metricsListener(ports.envoyMetrics)],
    },
  };
}

/**
 * Istio's, which the exam was measured with: a fragment in a path is let through, and regexes may be large. Envoy reads a
 * boolean only as a boolean, while Istio's configuration has every value as a string.
 */
function runtimeValues(settings: AgentSettings): Json {
  const values = {
    're2.max_program_size.error_level': '32768',
    'envoy.reloadable_features.http_reject_path_with_fragment': 'false',
    ...settings.proxyConfig.runtimeValues,
  };
  const typed = (text: string): string | boolean => (text === 'true' || text === 'false' ? text === 'true' : text);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typed(value)]));
}

/** As with Istio, the kernel's limits are the ones that count. Saying so keeps Envoy from warning at each start. */
const noConnectionLimit = {
  name: 'envoy.resource_monitors.global_downstream_max_connections',
  typed_config: {
    '@type':
      'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
    max_active_downstream_connections: 2_147_483_647,
  },
};

/**
 * Without a limit Envoy waits for its first configuration and stays unready, instead of starting empty. The stream comes
 * back soon after a control plane does: Envoy's own limit of 30 s between attempts would be felt.
 */
function dynamicResources(): Json {
  const source = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
  const retryPolicy = { retry_back_off: { base_interval: '0.1s', max_interval: '2s' } };
  return {
    cds_config: source,
    lds_config: source,
    ads_config: {
      api_type: 'DELTA_GRPC',
      transport_api_version: 'V3',
      set_node_on_first_message_only: true,
      grpc_services: [{ envoy_grpc: { cluster_name: xdsCluster, retry_policy: retryPolicy } }],
    },
  };
}

function socketAddress(address: string, port: number): Json {
  return { socket_address: { address, port_value: port } };
}

function cluster(name: string, type: 'STATIC' | 'STRICT_DNS', address: Json): Json {
  return {
    name,
    type,
    connect_timeout: '1s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

function adminEndpoint(port: number): Json {
  return cluster(adminCluster, 'STATIC', socketAddress('127.0.0.1', port));
}

/** `unix:PATH` as gRPC writes it, or `HOST:PORT`. */
function xdsEndpoint(address: string): Json {
  const parsed = parseSocketAddress(address);
  if (parsed === undefined)
    throw new MeshError('agent-settings', `HEDDLE_XDS \`${address}\` must be unix:/path or host:port`);
  const unlimited = { max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 };
  return {
    ...('path' in parsed
      ? cluster(xdsCluster, 'STATIC', { pipe: { path: parsed.path } })
      : cluster(xdsCluster, 'STRICT_DNS', socketAddress(parsed.host, parsed.port))),
    circuit_breakers: {
      thresholds: [
        { priority: 'DEFAULT', ...unlimited },
        { priority: 'HIGH', ...unlimited },
      ],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: {
          http2_protocol_options: { connection_keepalive: { interval: '30s', timeout: '10s' } },
        },
      },
    },
  };
}

/** Envoy's own metrics for whoever scrapes the pod; the admin itself stays on loopback. */
function metricsListener(port: number): Json {
  const route = { match: { path: '/stats/prometheus' }, route: { cluster: adminCluster } };
  const router = {
    name: 'envoy.filters.http.router',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
  };
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'stats',
    route_config: { virtual_hosts: [{ name: 'backend', domains: ['*'], routes: [route] }] },
    http_filters: [router],
  };
  return {
    address: socketAddress('0.0.0.0', port),
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
  };
}
