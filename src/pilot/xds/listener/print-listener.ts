// Prints a listener from its slice.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { TrafficDirection } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import {
  type FilterChainMatchSchema,
  type FilterChainSchema,
  type ListenerFilterChainMatchPredicateSchema,
  type ListenerFilterSchema,
} from '../../../proto/gen/envoy/config/listener/v3/listener_components_pb.ts';
import { type Listener, ListenerSchema } from '../../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { HttpInspectorSchema } from '../../../proto/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.ts';
import { OriginalDstSchema } from '../../../proto/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.ts';
import { TlsInspectorSchema } from '../../../proto/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts';
import { socketAddress, toCidrRange } from '../socket-address.ts';
import { istioMetadata } from '../istio-metadata.ts';
import { duration } from '../duration.ts';
import { printListenerAccessLog } from './access-log.ts';
import { printHttpManager } from './http-connection-manager.ts';
import { isMatchAll } from './chain-match.ts';
import type { ChainMatch, FilterChain, ListenerFilter, ListenerSlice } from './listener-slice.ts';
import { printTcpProxy } from './tcp-proxy.ts';

export function printListener(slice: ListenerSlice): Listener {
  const listener = create(ListenerSchema, {
    name: slice.name,
    address: socketAddress(slice.address, slice.port),
    trafficDirection: slice.direction === 'inbound' ? TrafficDirection.INBOUND : TrafficDirection.OUTBOUND,
    continueOnListenerFiltersTimeout: slice.continueAfterTimeout,
    listenerFilters: slice.filters.map(listenerFilter),
    filterChains: slice.chains.map(filterChain),
    accessLog: printListenerAccessLog(slice.accessLog),
    ...(slice.bindToPort ? {} : { bindToPort: false }),
    ...(slice.useOriginalDst ? { useOriginalDst: true } : {}),
    ...(slice.defaultChain === undefined ? {} : { defaultFilterChain: filterChain(slice.defaultChain) }),
    ...(slice.inspectionTimeoutMs === undefined ? {} : { listenerFiltersTimeout: duration(slice.inspectionTimeoutMs) }),
  });
  return listener;
}

function filterChain(chain: FilterChain): MessageInitShape<typeof FilterChainSchema> {
  const metadata = istioMetadata({ config: chain.config });
  return {
    name: chain.name,
    filters: [chain.filter.kind === 'http' ? printHttpManager(chain.filter) : printTcpProxy(chain.filter)],
    ...(metadata === undefined ? {} : { metadata }),
    ...(isMatchAll(chain.match) ? {} : { filterChainMatch: chainMatch(chain.match) }),
  };
}

function chainMatch(match: ChainMatch): MessageInitShape<typeof FilterChainMatchSchema> {
  return {
    serverNames: [...match.serverNames],
    prefixRanges: match.prefixRanges.map(toCidrRange),
    applicationProtocols: [...match.applicationProtocols],
    transportProtocol: match.transportProtocol,
    ...(match.destinationPort === undefined ? {} : { destinationPort: match.destinationPort }),
  };
}

function listenerFilter(filter: ListenerFilter): MessageInitShape<typeof ListenerFilterSchema> {
  const { name, settings } = inspector(filter.kind);
  return {
    name,
    configType: { case: 'typedConfig', value: settings },
    ...(filter.disabledOn === undefined ? {} : { filterDisabled: onPorts(filter.disabledOn) }),
  };
}

function inspector(kind: ListenerFilter['kind']): { readonly name: string; readonly settings: Any } {
  switch (kind) {
    case 'original-dst':
      return {
        name: 'envoy.filters.listener.original_dst',
        settings: anyPack(OriginalDstSchema, create(OriginalDstSchema)),
      };
    case 'tls-inspector':
      return {
        name: 'envoy.filters.listener.tls_inspector',
        settings: anyPack(TlsInspectorSchema, create(TlsInspectorSchema)),
      };
    case 'http-inspector':
      return {
        name: 'envoy.filters.listener.http_inspector',
        settings: anyPack(HttpInspectorSchema, create(HttpInspectorSchema)),
      };
  }
}

type Predicate = MessageInitShape<typeof ListenerFilterChainMatchPredicateSchema>;

function onPorts(disabled: NonNullable<ListenerFilter['disabledOn']>): Predicate {
  const rules = disabled.ports.map(
    (port): Predicate => ({ rule: { case: 'destinationPortRange', value: { start: port, end: port + 1 } } }),
  );
  const [only, ...rest] = rules;
  const any: Predicate =
    only !== undefined && rest.length === 0 ? only : { rule: { case: 'orMatch', value: { rules } } };
  return disabled.except ? { rule: { case: 'notMatch', value: any } } : any;
}
