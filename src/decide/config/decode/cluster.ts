// Decodes a cluster.
import type { TcpKeepalive } from '../../../proto/gen/envoy/config/core/v3/address_pb.ts';
import {
  type Cluster as ClusterMessage,
  ClusterSchema,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { ClusterConfig } from '../cluster.ts';
import type { UpstreamTls } from '../tls.ts';
import { socketAddress } from './address.ts';
import { unpack } from './any-types.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { discovery } from './discovery.ts';
import { knownFields } from './known-fields.ts';
import { commonLb, loadBalancer } from './load-balancer.ts';
import { upstreamTls } from './tls.ts';
import { upstreamHttp } from './upstream-http.ts';
import { metadata, positiveMs, requireText } from './value.ts';

/** What is harmless: statistics, and what concerns health checks, of which there are none. */
const check = knownFields(ClusterSchema, {
  read: [
    'name',
    'altStatName',
    'clusterDiscoveryType',
    'edsClusterConfig',
    'connectTimeout',
    'perConnectionBufferLimitBytes',
    'lbPolicy',
    'loadAssignment',
    'circuitBreakers',
    'typedExtensionProtocolOptions',
    'dnsRefreshRate',
    'dnsFailureRefreshRate',
    'respectDnsTtl',
    'dnsLookupFamily',
    'typedDnsResolverConfig',
    'cleanupInterval',
    'upstreamBindConfig',
    'lbConfig',
    'commonLbConfig',
    'transportSocket',
    'metadata',
    'upstreamConnectionOptions',
  ],
  harmless: [
    'waitForWarmOnInit',
    'trackTimeoutBudgets',
    'trackClusterStats',
    'lrsReportEndpointMetrics',
    'closeConnectionsOnHostHealthFailure',
    'ignoreHealthOnHostRemoval',
    'preconnectPolicy',
  ],
});

export function cluster(message: ClusterMessage, at: Cursor): ClusterConfig {
  check(message, at);
  const found = discovery(message, at);
  const balancer = loadBalancer(message, at);
  checkPair(found.kind, balancer.kind, under(at, 'lb_policy'));
  const name = requireText(message.name, under(at, 'name'));
  return {
    name,
    statName: message.altStatName || name,
    discovery: found,
    loadBalancer: balancer,
    commonLb: commonLb(message.commonLbConfig, under(at, 'common_lb_config')),
    connectTimeoutMs: positiveMs(message.connectTimeout, under(at, 'connect_timeout')) ?? 5000,
    circuitBreakers: circuitBreakers(message.circuitBreakers, under(at, 'circuit_breakers')),
    http: upstreamHttp(message.typedExtensionProtocolOptions, at),
    bindAddress: bindAddress(message.upstreamBindConfig, under(at, 'upstream_bind_config')),
    tls: transport(message.transportSocket, under(at, 'transport_socket')),
    perConnectionBufferLimitBytes: message.perConnectionBufferLimitBytes ?? 1024 * 1024,
    tcpKeepalive: keepalive(message, under(at, 'upstream_connection_options')),
    metadata: metadata(message.metadata, under(at, 'metadata')),
  };
}

/** Only where a connection was going says who is asked, and then nothing else does. */
function checkPair(found: ClusterConfig['discovery']['kind'], balancer: string, at: Cursor): void {
  if ((found === 'original-dst') === (balancer === 'cluster-provided')) return;
  const problem =
    found === 'original-dst'
      ? "Only 'CLUSTER_PROVIDED' is allowed with cluster type 'ORIGINAL_DST'"
      : 'LB policy CLUSTER_PROVIDED is only for clusters that provide one, as ORIGINAL_DST';
  refuse(at, 'conflict', problem);
}

function bindAddress(message: ClusterMessage['upstreamBindConfig'], at: Cursor): ClusterConfig['bindAddress'] {
  if (message === undefined) return undefined;
  const { sourceAddress, socketOptions, extraSourceAddresses, additionalSourceAddresses } = message;
  if (socketOptions.length > 0) notYet(under(at, 'socket_options'), 'socket options');
  if (extraSourceAddresses.length + additionalSourceAddresses.length > 0) {
    notYet(under(at, 'extra_source_addresses'), 'more than one source address');
  }
  return sourceAddress && socketAddress(sourceAddress, under(at, 'source_address'), 'ip');
}

function transport(socket: ClusterMessage['transportSocket'], at: Cursor): UpstreamTls | undefined {
  if (socket === undefined) return undefined;
  requireText(socket.name, under(at, 'name'));
  const where = under(at, 'typed_config');
  const extension = unpack(socket.configType.value, 'upstream transport socket', where);
  if (extension?.$typeName !== 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext') return undefined;
  return upstreamTls(extension, where);
}

function keepalive({ upstreamConnectionOptions: options }: ClusterMessage, at: Cursor): ClusterConfig['tcpKeepalive'] {
  if (options?.happyEyeballsConfig !== undefined) notYet(under(at, 'happy_eyeballs_config'), 'happy eyeballs');
  return options?.tcpKeepalive && keepaliveTimes(options.tcpKeepalive);
}

/** Linux's defaults. */
function keepaliveTimes({ keepaliveTime, keepaliveInterval, keepaliveProbes }: TcpKeepalive) {
  return { timeS: keepaliveTime ?? 7200, intervalS: keepaliveInterval ?? 75, probes: keepaliveProbes ?? 9 };
}
