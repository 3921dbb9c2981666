// Decodes a filter chain: for whom it is, and what serves them.
import {
  type Filter as FilterMessage,
  type FilterChain as ChainMessage,
  FilterChainSchema,
} from '../../../proto/gen/envoy/config/listener/v3/listener_components_pb.ts';
import type { TransportSocket } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import type { FilterChain, NetworkFilter } from '../listener.ts';
import { unpack } from './any-types.ts';
import { chainMatch } from './chain-match.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { httpConnectionManager } from './http-connection-manager.ts';
import { knownFields } from './known-fields.ts';
import { tcpProxy } from './tcp-proxy.ts';
import { durationMs, metadata, requireText } from './value.ts';

const check = knownFields(FilterChainSchema, {
  read: ['filterChainMatch', 'filters', 'metadata', 'transportSocket', 'transportSocketConnectTimeout', 'name'],
});

const nobody: NetworkFilter = {
  kind: 'tcp-proxy',
  name: '',
  config: {
    statPrefix: '',
    target: { kind: 'cluster', cluster: '' },
    idleTimeoutMs: 0,
    maxConnectionDurationMs: 0,
    maxConnectAttempts: 1,
    hashSourceIp: false,
    metadataMatch: undefined,
    accessLogs: [],
  },
};

export function filterChain(message: ChainMessage, at: Cursor): FilterChain {
  check(message, at);
  checkTransport(message.transportSocket, under(at, 'transport_socket'));
  const timeoutAt = under(at, 'transport_socket_connect_timeout');
  return {
    name: message.name,
    match: chainMatch(message.filterChainMatch, under(at, 'filter_chain_match')),
    filter: servingFilter(message.filters, under(at, 'filters')),
    tls: undefined,
    transportSocketConnectTimeoutMs: durationMs(message.transportSocketConnectTimeout, timeoutAt) ?? 0,
    metadata: metadata(message.metadata, under(at, 'metadata')),
  };
}

/** Only plain text so far. */
function checkTransport(socket: TransportSocket | undefined, at: Cursor): void {
  if (socket === undefined) return;
  requireText(socket.name, under(at, 'name'));
  const where = under(at, 'typed_config');
  const extension = unpack(socket.configType.value, 'downstream transport socket', where);
  if (extension?.$typeName === 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext') {
    notYet(where, 'TLS from clients');
  }
}

/** Both filters that there are serve the connection, so that one is all a chain can hold. */
function servingFilter(messages: readonly FilterMessage[], at: Cursor): NetworkFilter {
  const filters = messages.map((message, index) => networkFilter(message, under(at, index)));
  if (filters.length === 0) notYet(at, 'a filter chain without filters');
  if (filters.length > 1) {
    refuse(under(at, 0), 'bad-value', 'terminal filter must be the last filter in a network filter chain');
  }
  return filters[0] ?? nobody;
}

function networkFilter({ name, configType }: FilterMessage, at: Cursor): NetworkFilter {
  requireText(name, under(at, 'name'));
  const where = under(at, 'typed_config');
  if (configType.case === 'configDiscovery') {
    notYet(under(at, 'config_discovery'), 'discovery of filter configuration');
    return nobody;
  }
  const extension = unpack(configType.value, 'network filter', where);
  if (extension === undefined) return nobody;
  switch (extension.$typeName) {
    case 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager':
      return { kind: 'http-connection-manager', name, config: httpConnectionManager(extension, where) };
    case 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy':
      return { kind: 'tcp-proxy', name, config: tcpProxy(extension, where) };
  }
}
