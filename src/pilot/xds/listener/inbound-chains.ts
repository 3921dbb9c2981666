// The filter chains of one inbound port. Mutual TLS will add its own matches and transport sockets here, and only here.
import type { Protocol } from '../../../model/service.ts';
import type { ProxyView } from '../../proxy-view.ts';
import { statName } from '../cluster/cluster-name.ts';
import { protocolKind } from '../protocol-kind.ts';
import { accessLogOf } from './access-log.ts';
import type { InboundPort } from './inbound-ports.ts';
import type { ChainMatch, FilterChain, HttpManager, TcpProxy } from './listener-slice.ts';
import { matchAll, plainHttpProtocols } from './chain-match.ts';
import { tcpProxyTo } from './tcp-proxy.ts';

/** How a port is entered: which connections, and whether their bytes are read as HTTP. */
interface Entrance {
  readonly serves: 'http' | 'tcp';
  readonly match: ChainMatch;
}

export function inboundChains(view: ProxyView, port: InboundPort): FilterChain[] {
  return plaintextEntrances(port.protocol).map(({ serves, match }) => ({
    name: chainName(port, serves),
    match: port.port === 0 ? match : { ...match, destinationPort: port.port },
    filter: serves === 'http' ? httpFilter(view, port) : tcpFilter(view, port),
    config: port.config,
  }));
}

/** Without mutual TLS: as declared, or, where nothing is declared, HTTP if it looks like HTTP. */
function plaintextEntrances(protocol: Protocol): Entrance[] {
  const raw: ChainMatch = { ...matchAll, transportProtocol: 'raw_buffer' };
  switch (protocolKind(protocol)) {
    case 'http':
      return [{ serves: 'http', match: raw }];
    case 'tcp':
      return [{ serves: 'tcp', match: raw }];
    case 'auto':
      return [
        { serves: 'http', match: { ...raw, applicationProtocols: plainHttpProtocols } },
        { serves: 'tcp', match: raw },
      ];
    case 'none':
      return [];
  }
}

/** `inbound_0.0.0.0_9080;`, as Istio's dashboards know it. */
function inboundStatPrefix(port: InboundPort): string {
  return statName(port.passthrough ? port.cluster : `inbound_${port.bind}_${port.port}`);
}

function chainName(port: InboundPort, serves: Entrance['serves']): string {
  if (!port.passthrough) return `${port.bind}_${port.port}`;
  return serves === 'http' ? 'virtualInbound-catchall-http' : 'virtualInbound';
}

function httpFilter(view: ProxyView, port: InboundPort): HttpManager {
  return {
    kind: 'http',
    side: 'inbound',
    statPrefix: inboundStatPrefix(port),
    routes: {
      kind: 'inbound',
      cluster: port.cluster,
      name: `inbound|http|${port.servicePort}`,
      operation: `${port.hostname}:${port.servicePort}/*`,
    },
    pathNormalization: view.model.settings.pathNormalization,
    grpcWeb: port.protocol === 'grpc-web',
    accessLog: accessLogOf(view.model.settings),
  };
}

function tcpFilter(view: ProxyView, port: InboundPort): TcpProxy {
  return tcpProxyTo(port.cluster, accessLogOf(view.model.settings));
}
