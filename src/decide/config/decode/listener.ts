// Decodes a listener.
import { TrafficDirection } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import type { ListenerFilter as FilterMessage } from '../../../proto/gen/envoy/config/listener/v3/listener_components_pb.ts';
import {
  type Listener as ListenerMessage,
  ListenerSchema,
} from '../../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { TlsInspectorSchema } from '../../../proto/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts';
import type { ListenerConfig, ListenerFilter } from '../listener.ts';
import { accessLogs } from './access-log.ts';
import { address } from './address.ts';
import { unpack } from './any-types.ts';
import { matchKeys } from './chain-match.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { filterChain } from './filter-chain.ts';
import { knownFields } from './known-fields.ts';
import { portPredicate } from './port-predicate.ts';
import { durationMs, inRange, metadata, requireText } from './value.ts';

/** What is harmless concerns how many connections at once, how the kernel spreads them, and statistics. */
const check = knownFields(ListenerSchema, {
  read: [
    'name',
    'address',
    'filterChains',
    'useOriginalDst',
    'defaultFilterChain',
    'perConnectionBufferLimitBytes',
    'metadata',
    'listenerFilters',
    'listenerFiltersTimeout',
    'continueOnListenerFiltersTimeout',
    'trafficDirection',
    'enableReusePort',
    'accessLog',
    'tcpBacklogSize',
    'bindToPort',
    'deprecatedV1',
  ],
  harmless: [
    'statPrefix',
    'connectionBalanceConfig',
    'reusePort',
    'tcpFastOpenQueueLength',
    'maxConnectionsToAcceptPerSocketEvent',
    'ignoreGlobalConnLimit',
    'bypassOverloadManager',
  ],
});
/** The fingerprint would be read by filters that are not here. */
const checkInspector = knownFields(TlsInspectorSchema, {
  read: ['initialReadBufferSize'],
  harmless: ['enableJa3Fingerprinting'],
});

const directions = {
  [TrafficDirection.UNSPECIFIED]: 'unspecified',
  [TrafficDirection.INBOUND]: 'inbound',
  [TrafficDirection.OUTBOUND]: 'outbound',
} as const;

export function listener(message: ListenerMessage, at: Cursor): ListenerConfig {
  check(message, at);
  const acceptAt = under(at, 'max_connections_to_accept_per_socket_event');
  inRange(message.maxConnectionsToAcceptPerSocketEvent ?? 1, 1, 0xffff_ffff, acceptAt);
  const timeoutAt = under(at, 'listener_filters_timeout');
  return {
    name: requireText(message.name, under(at, 'name')),
    address: address(message.address, under(at, 'address'), 'ip'),
    bindToPort: message.bindToPort ?? message.deprecatedV1?.bindToPort ?? true,
    useOriginalDst: message.useOriginalDst ?? false,
    direction:
      (directions as Readonly<Record<number, ListenerConfig['direction']>>)[message.trafficDirection] ?? 'unspecified',
    listenerFilters: listenerFilters(message.listenerFilters, under(at, 'listener_filters')),
    listenerFiltersTimeoutMs: durationMs(message.listenerFiltersTimeout, timeoutAt) ?? 15_000,
    continueOnListenerFiltersTimeout: message.continueOnListenerFiltersTimeout,
    ...chains(message, at),
    perConnectionBufferLimitBytes: message.perConnectionBufferLimitBytes ?? 1024 * 1024,
    tcpBacklogSize: message.tcpBacklogSize ?? 128,
    reusePort: message.enableReusePort ?? true,
    accessLogs: accessLogs(message.accessLog, under(at, 'access_log')),
    metadata: metadata(message.metadata, under(at, 'metadata')),
  };
}

function chains(message: ListenerMessage, at: Cursor): Pick<ListenerConfig, 'filterChains' | 'defaultFilterChain'> {
  const chainsAt = under(at, 'filter_chains');
  const defaultAt = under(at, 'default_filter_chain');
  const filterChains = message.filterChains.map((chain, index) => filterChain(chain, under(chainsAt, index)));
  const defaultFilterChain = message.defaultFilterChain && filterChain(message.defaultFilterChain, defaultAt);
  if (filterChains.length === 0 && defaultFilterChain === undefined) {
    refuse(chainsAt, 'missing', `error adding listener '${message.name}': no filter chains specified`);
  }
  checkApart(filterChains, chainsAt);
  return { filterChains, defaultFilterChain };
}

/** No connection may be for two chains equally, nor for one chain twice. */
function checkApart(chains: ListenerConfig['filterChains'], at: Cursor): void {
  const owners = new Map<string, string>();
  for (const [index, { match, name }] of chains.entries()) {
    let rival: string | undefined;
    for (const key of matchKeys(match)) {
      rival ??= owners.get(key);
      owners.set(key, name);
    }
    if (rival === undefined) continue;
    const problem = `filter chain '${name}' has matching rules that overlap with those of '${rival}'`;
    refuse(under(at, index), 'duplicate', problem);
  }
}

function listenerFilters(messages: readonly FilterMessage[], at: Cursor): ListenerFilter[] {
  const filters: ListenerFilter[] = [];
  for (const [index, message] of messages.entries()) {
    const where = under(at, index);
    requireText(message.name, under(where, 'name'));
    const kind = filterKind(message, where);
    const disabled = message.filterDisabled;
    const disabledWhen = disabled && portPredicate(disabled, under(where, 'filter_disabled'));
    if (kind !== undefined) filters.push({ kind, disabledWhen });
  }
  return filters;
}

function filterKind({ configType }: FilterMessage, at: Cursor): ListenerFilter['kind'] | undefined {
  if (configType.case === 'configDiscovery') {
    notYet(under(at, 'config_discovery'), 'discovery of filter configuration');
    return undefined;
  }
  const where = under(at, 'typed_config');
  const extension = unpack(configType.value, 'listener filter', where);
  if (extension === undefined) return undefined;
  switch (extension.$typeName) {
    case 'envoy.extensions.filters.listener.original_dst.v3.OriginalDst':
      return 'original-dst';
    case 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector':
      return 'http-inspector';
    case 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector': {
      checkInspector(extension, where);
      const size = extension.initialReadBufferSize ?? 16_384;
      if (size <= 255 || size >= 65_537) {
        refuse(under(where, 'initial_read_buffer_size'), 'out-of-range', 'value must be inside range (255, 65537)');
      }
      return 'tls-inspector';
    }
  }
}
