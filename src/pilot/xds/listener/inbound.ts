// What reaches a sidecar's application: the listener on 15006 with a chain for each port of the workload, and those of a Sidecar.
import type { ProxyView } from '../../proxy-view.ts';
import { accessLogOf } from './access-log.ts';
import { inboundChains } from './inbound-chains.ts';
import { inboundInspectors } from './inbound-inspectors.ts';
import { inboundPorts, isWithoutInterception, passthroughPort } from './inbound-ports.ts';
import type { FilterChain, ListenerSlice } from './listener-slice.ts';
import { wildcard } from '../service-address.ts';
import { loopGuard } from './virtual-outbound.ts';

const inboundPort = 15006;

export function inboundListeners(view: ProxyView): ListenerSlice[] {
  const ports = inboundPorts(view);
  const redirected = ports.filter(({ bindToPort }) => !bindToPort).flatMap((port) => inboundChains(view, port));
  const chains = [
    loopGuard('virtualInbound-blackhole', inboundPort),
    ...inboundChains(view, passthroughPort),
    ...redirected,
  ];
  const own = ports
    .filter(({ bindToPort }) => bindToPort)
    .map((port) =>
      inboundListener(view, { ...port, name: `${port.bind}_${port.port}`, chains: inboundChains(view, port) }),
    );
  if (isWithoutInterception(view)) return own;
  const virtual = { name: 'virtualInbound', bind: wildcard, port: inboundPort, bindToPort: false, chains };
  return [inboundListener(view, virtual), ...own];
}

interface Inbound {
  readonly name: string;
  readonly bind: string;
  readonly port: number;
  readonly bindToPort: boolean;
  readonly chains: readonly FilterChain[];
}

function inboundListener(view: ProxyView, listener: Inbound): ListenerSlice {
  const { settings } = view.model;
  return {
    name: listener.name,
    address: listener.bind,
    port: listener.port,
    direction: 'inbound',
    // Either a real port or the one that connections are redirected to: bound in both cases.
    bindToPort: true,
    useOriginalDst: false,
    filters: [
      ...(listener.bindToPort ? [] : [{ kind: 'original-dst' as const, disabledOn: undefined }]),
      ...inboundInspectors(listener.chains),
    ],
    inspectionTimeoutMs: settings.protocolDetectionTimeoutMs,
    continueAfterTimeout: true,
    chains: listener.chains,
    defaultChain: undefined,
    accessLog: accessLogOf(settings),
  };
}
