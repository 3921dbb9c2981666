// LDS: all listeners of a proxy. What is alike for a whole class of proxies is composed once for it.
import { type Listener, ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import type { Printer } from '../print-cache.ts';
import type { ProxyView } from '../proxy-view.ts';
import type { ViewClass } from '../view/view-class.ts';
import { gatewayListeners } from './listener/gateway.ts';
import { inboundListeners } from './listener/inbound.ts';
import { isWithoutInterception } from './listener/inbound-ports.ts';
import type { ListenerSlice } from './listener/listener-slice.ts';
import { type OutboundListener, outboundListeners } from './listener/outbound.ts';
import { printListener } from './listener/print-listener.ts';
import { virtualOutbound } from './listener/virtual-outbound.ts';

export const listenerPrinter: Printer<ListenerSlice, typeof ListenerSchema> = {
  schema: ListenerSchema,
  nameOf: ({ name }) => name,
  print: (slice): Listener => printListener(slice),
};

/** Names are unique. Equal slices of one class are the same object. */
export function listenerSlices(view: ProxyView): ListenerSlice[] {
  if (view.proxy.type === 'router') return gatewayListeners(view);
  const bindAll = isWithoutInterception(view);
  const shared = bindAll ? compose(view.class, true) : composedOnce(view.class);
  const outbound = shared
    .filter(({ slice, ofPod }) => !ofPod || !view.proxy.addresses.includes(slice.address))
    .map(({ slice }) => slice);
  return [...outbound, ...inboundListeners(view)];
}

const composed = new WeakMap<ViewClass, readonly OutboundListener[]>();

function composedOnce(view: ViewClass): readonly OutboundListener[] {
  const known = composed.get(view) ?? compose(view, false);
  composed.set(view, known);
  return known;
}

function compose(view: ViewClass, bindAll: boolean): readonly OutboundListener[] {
  const listeners = outboundListeners(view, bindAll);
  return bindAll ? listeners : [...listeners, { slice: virtualOutbound(view), ofPod: false }];
}
