// The listeners for what a sidecar's application sends: one per service address and port, or shared by port for HTTP.
import type { Service, ServicePort } from '../../../model/service.ts';
import type { EgressView } from '../../view/egress-view.ts';
import type { ViewClass } from '../../view/view-class.ts';
import { endpointsOf } from '../endpoint/service-endpoints.ts';
import { protocolKind } from '../protocol-kind.ts';
import type { ListenerSlice } from './listener-slice.ts';
import { createOutboundEntries } from './outbound-entries.ts';
import { composeListener } from './outbound-listener.ts';
import type { OutboundPort } from './outbound-port.ts';
import { addressesOf, isAddress, wildcard } from '../service-address.ts';

export interface OutboundListener {
  readonly slice: ListenerSlice;
  /** It stands for one pod of a headless service, and is of no use to that pod itself. */
  readonly ofPod: boolean;
}

/** `bindAll`: without interception every listener is a real one, on the loopback address unless the Sidecar says otherwise. */
export function outboundListeners(view: ViewClass, bindAll: boolean): OutboundListener[] {
  const entries = createOutboundEntries(view);
  for (const egress of view.egress) {
    const { listener } = egress;
    const bindToPort = bindAll || listener?.captureMode === 'none' || listener?.bind.startsWith('unix://') === true;
    const bind = listener?.bind || (bindToPort ? '127.0.0.1' : '');
    // Ports that the Sidecar named before are for the services that it named there, and no others.
    if (listener?.port === undefined) entries.lock();
    for (const service of egress.services) {
      if (service.externalName !== undefined) continue;
      for (const port of portsOf(view, { egress, service, bind, bindToPort })) entries.add(port);
    }
  }
  return entries.all().map((entry) => ({ slice: composeListener(entry, view), ofPod: entry.ofPod }));
}

interface Target {
  readonly egress: EgressView;
  readonly service: Service;
  readonly bind: string;
  readonly bindToPort: boolean;
}

/** The Sidecar's own port, or every port of the service, under every address by which clients may dial it. */
function portsOf(view: ViewClass, target: Target): OutboundPort[] {
  const own = target.egress.listener?.port;
  if (own !== undefined) return atAddresses(target, { ...own, targetPort: undefined });
  return target.service.ports.flatMap((port) => podPorts(view, target, port) ?? atAddresses(target, port));
}

function atAddresses(target: Target, port: ServicePort): OutboundPort[] {
  const base = { ...target, port, cidr: '', ofPod: false };
  const kind = protocolKind(port.protocol);
  if (kind === 'none') return [];
  const addresses = addressesOf(target.service);
  // HTTP services are told apart by their names, whichever address was dialled.
  if (target.bind !== '' || kind === 'http') return [base];
  if (addresses.length === 0) return [{ ...base, bind: wildcard }];
  return addresses.map((address) =>
    address.includes('/') ? { ...base, bind: wildcard, cidr: address } : { ...base, bind: address },
  );
}

/**
 * A headless service's bytes go to the pod that was dialled: a listener for each. undefined for anything else, and for a
 * ServiceEntry of any address at all, whose port is its own whatever is dialled.
 */
function podPorts(view: ViewClass, target: Target, port: ServicePort): OutboundPort[] | undefined {
  const { service, bind } = target;
  const kind = protocolKind(port.protocol);
  const headless = service.resolution === 'passthrough' && service.addresses.length === 0;
  if (!headless || bind !== '' || (kind !== 'tcp' && kind !== 'auto')) return undefined;
  const pods = endpointsOf(view.index.model, service, port);
  if (pods.length === 0 && service.registry === 'external' && service.selector === undefined) return undefined;
  const addresses = new Set(pods.map(({ address }) => address));
  return [...addresses].filter(isAddress).map((address) => ({ ...target, port, cidr: '', bind: address, ofPod: true }));
}
