// The listener on 15001, to which a pod's outgoing connections are redirected. It hands each to the listener of its real address.
import type { ViewClass } from '../../view/view-class.ts';
import { blackHoleCluster } from '../cluster/cluster-name.ts';
import { accessLogOf } from './access-log.ts';
import type { FilterChain, ListenerSlice } from './listener-slice.ts';
import { matchAll } from './chain-match.ts';
import { unknownTraffic } from './outbound-listener.ts';
import { wildcard } from '../service-address.ts';
import { tcpProxyTo } from './tcp-proxy.ts';

const outboundPort = 15001;

export function virtualOutbound(view: ViewClass): ListenerSlice {
  return {
    name: 'virtualOutbound',
    address: wildcard,
    port: outboundPort,
    direction: 'outbound',
    bindToPort: true,
    useOriginalDst: true,
    filters: [],
    inspectionTimeoutMs: undefined,
    continueAfterTimeout: false,
    chains: [
      loopGuard('virtualOutbound-blackhole', outboundPort),
      { name: 'virtualOutbound-catchall-tcp', match: matchAll, filter: unknownTraffic(view), config: undefined },
    ],
    defaultChain: undefined,
    accessLog: accessLogOf(view.index.model.settings),
  };
}

/** What dials the listener's own port, instead of being redirected to it, would be passed on to it for ever. */
export function loopGuard(name: string, port: number): FilterChain {
  return {
    name,
    match: { ...matchAll, destinationPort: port },
    filter: tcpProxyTo(blackHoleCluster, undefined),
    config: undefined,
  };
}
