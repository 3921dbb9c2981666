// `/clusters`, in Envoy's lines: settings of each cluster, then each host with what is known of it.
import type { Cluster } from '../cluster/cluster.ts';
import type { UpstreamHost } from '../cluster/upstream-host.ts';

export function clustersText(clusters: readonly Cluster[]): string {
  const lines = clusters.flatMap((cluster) => clusterLines(cluster).map((line) => `${cluster.config.name}::${line}`));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function clusterLines({ config, hosts }: Cluster): string[] {
  const limits = (['default', 'high'] as const).flatMap((priority) => {
    const { maxConnections, maxPendingRequests, maxRequests, maxRetries } = config.circuitBreakers[priority];
    return [
      `${priority}_priority::max_connections::${maxConnections}`,
      `${priority}_priority::max_pending_requests::${maxPendingRequests}`,
      `${priority}_priority::max_requests::${maxRequests}`,
      `${priority}_priority::max_retries::${maxRetries}`,
    ];
  });
  return [`observability_name::${config.statName}`, ...limits, 'added_via_api::true', ...hosts.flatMap(hostLines)];
}

function hostLines(host: UpstreamHost): string[] {
  const { endpoint, key, activeRequests, priority } = host;
  const facts = {
    rq_active: activeRequests,
    hostname: endpoint.hostname,
    health_flags: endpoint.health === 'healthy' ? 'healthy' : `/eds_${endpoint.health}`,
    weight: endpoint.weight,
    priority,
  };
  return Object.entries(facts).map(([name, value]) => `${key}::${name}::${value}`);
}

/** `?format=json`: envoy.admin.v3.Clusters, without statistics of hosts. */
export function clustersJson(clusters: readonly Cluster[]): object {
  return {
    cluster_statuses: clusters.map(({ config, hosts }) => ({
      name: config.name,
      observability_name: config.statName,
      added_via_api: true,
      host_statuses: hosts.map(({ endpoint, priority }) => ({
        address: socketAddress(endpoint.address),
        health_status: { eds_health_status: endpoint.health.toUpperCase() },
        weight: endpoint.weight,
        hostname: endpoint.hostname,
        priority,
      })),
    })),
  };
}

function socketAddress(address: UpstreamHost['address']): object {
  if (address.kind === 'pipe') return { pipe: { path: address.path } };
  return { socket_address: { address: address.host, port_value: address.port } };
}
