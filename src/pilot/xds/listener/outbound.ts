// The listeners for what a sidecar's application sends: one per service address and port, or shared by port for HTTP.
import type { Endpoint, Service, ServicePort } from '../../../model/service.ts';
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
    if (listener?.port !== undefined) {
      const port: ServicePort = { ...listener.port, targetPort: undefined };
      for (const service of egress.services)
        entries.add({ egress, service, port, bind, bindToPort, cidr: '', ofPod: false });
    } else {
      // Ports that the Sidecar named before are for the services that it named there, and no others.
      entries.lock();
      for (const service of egress.services) {
        for (const port of portsOf(view, { egress, service, bind, bindToPort })) entries.add(port);
      }
    }
  }
  return entries.all().map((entry) => ({ slice: composeListener(entry, view), ofPod: entry.ofPod }));
}

interface Catch {
  readonly egress: EgressView;
  readonly service: Service;
  readonly bind: string;
  readonly bindToPort: boolean;
}

/** Every port of a service under every address by which its clients may dial it. */
function portsOf(view: ViewClass, target: Catch): OutboundPort[] {
  const { service, bind } = target;
  if (service.externalName !== undefined) return [];
  return service.ports.flatMap((port): OutboundPort[] => {
    const kind = protocolKind(port.protocol);
    const base = { ...target, port, cidr: '', ofPod: false };
    if (kind === 'none') return [];
    if (bind !== '' || kind === 'http') return [base];
    const addresses = addressesOf(service);
    if (service.resolution === 'passthrough' && addresses.length === 0) {
      const pods = endpointsOf(view.index.model, service, port);
      // A ServiceEntry for any address at all: its port belongs to it, whatever is dialled.
      if (pods.length === 0 && service.registry === 'external' && service.selector === undefined) {
        return [{ ...base, bind: wildcard }];
      }
      return podAddresses(pods).map((address) => ({ ...base, bind: address, ofPod: true }));
    }
    if (addresses.length === 0) return [{ ...base, bind: wildcard }];
    return addresses.map((address) =>
      address.includes('/') ? { ...base, bind: wildcard, cidr: address } : { ...base, bind: address },
    );
  });
}

function podAddresses(pods: readonly Endpoint[]): string[] {
  return [...new Set(pods.map(({ address }) => address))].filter(isAddress);
}
