// Composes an outbound listener from its chains: which inspectors it needs, and where unmatched connections go.
import type { ViewClass } from '../../view/view-class.ts';
import { blackHoleCluster, passthroughCluster } from '../cluster/cluster-name.ts';
import { accessLogOf } from './access-log.ts';
import type { FilterChain, ListenerFilter, ListenerSlice, TcpProxy } from './listener-slice.ts';
import type { OutboundEntry } from './outbound-entries.ts';
import { isMatchAll, matchAll } from './chain-match.ts';
import { tcpProxyTo } from './tcp-proxy.ts';

export function composeListener(entry: OutboundEntry, view: ViewClass): ListenerSlice {
  const { settings } = view.index.model;
  const inspectHttp = entry.chains.some(({ match }) => match.applicationProtocols.length > 0);
  const inspectTls = inspectHttp || entry.chains.some(({ match }) => match.serverNames.length > 0);
  const matching = entry.chains.filter(({ match }) => !isMatchAll(match));
  const rest = entry.chains.findLast(({ match }) => isMatchAll(match));
  return {
    name: `${entry.bind}_${entry.port}`,
    address: entry.bind,
    port: entry.port,
    direction: 'outbound',
    bindToPort: entry.bindToPort,
    useOriginalDst: false,
    filters: [...(inspectTls ? [filter('tls-inspector')] : []), ...(inspectHttp ? [filter('http-inspector')] : [])],
    inspectionTimeoutMs: inspectHttp ? settings.protocolDetectionTimeoutMs : 0,
    continueAfterTimeout: true,
    ...(matching.length === 0 && rest !== undefined
      ? { chains: [rest], defaultChain: undefined }
      : { chains: matching, defaultChain: rest ?? passthroughChain(view) }),
    accessLog: undefined,
  };
}

function filter(kind: ListenerFilter['kind']): ListenerFilter {
  return { kind, disabledOn: undefined };
}

function passthroughChain(view: ViewClass): FilterChain {
  return { name: 'PassthroughFilterChain', match: matchAll, filter: unknownTraffic(view), config: undefined };
}

/** Where connections go that no service claims: on to where they were going, or nowhere. */
export function unknownTraffic(view: ViewClass): TcpProxy {
  const cluster = view.outboundPolicy === 'allow-any' ? passthroughCluster : blackHoleCluster;
  return tcpProxyTo(cluster, accessLogOf(view.index.model.settings));
}
