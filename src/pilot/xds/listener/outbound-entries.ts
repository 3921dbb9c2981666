// Which services share a listener, and who gives way when two claim one address and port: Istio's rules of conflict.
import type { Protocol } from '../../../model/service.ts';
import type { ViewClass } from '../../view/view-class.ts';
import { isProxyPort } from '../own-ports.ts';
import { protocolKind } from '../protocol-kind.ts';
import { mergeChains } from './merge-chains.ts';
import type { FilterChain } from './listener-slice.ts';
import { httpChain, rawHttpMatch, tcpChains } from './outbound-chains.ts';
import type { OutboundPort } from './outbound-port.ts';
import { wildcard } from '../service-address.ts';

export interface OutboundEntry {
  readonly bind: string;
  readonly port: number;
  readonly bindToPort: boolean;
  readonly ofPod: boolean;
  /** `auto` once HTTP and bytes have to be told apart. */
  readonly protocol: Protocol;
  readonly chains: readonly FilterChain[];
}

export interface OutboundEntries {
  add(port: OutboundPort): void;
  /** What stands now takes no more services. */
  lock(): void;
  all(): readonly OutboundEntry[];
}

export function createOutboundEntries(view: ViewClass): OutboundEntries {
  const entries = new Map<string, OutboundEntry>();
  let locked: ReadonlySet<string> = new Set();
  return {
    add: (requested) => {
      const port = requested.bind === '' ? { ...requested, bind: wildcard } : requested;
      // A shared listener on one of them would take over the whole pod's.
      if (port.bind === wildcard && isProxyPort(port.port.number)) return;
      const key = `${port.bind}_${port.port.number}`;
      if (locked.has(key)) return;
      const known = entries.get(key);
      const entry = known === undefined ? newEntry(view, port) : joinEntry(view, known, port);
      if (entry !== undefined) entries.set(key, entry);
    },
    lock: () => {
      locked = new Set(entries.keys());
    },
    all: () => [...entries.values()],
  };
}

function newEntry(view: ViewClass, port: OutboundPort): OutboundEntry | undefined {
  const kind = protocolKind(port.port.protocol);
  if (kind === 'none') return undefined;
  const shared = kind === 'http' && port.bind === wildcard;
  return {
    bind: port.bind,
    port: port.port.number,
    bindToPort: port.bindToPort,
    ofPod: port.ofPod,
    // A shared HTTP port lets other bytes fall through, so that it is one that has to be told apart.
    protocol: shared ? 'auto' : port.port.protocol,
    chains: chainsOf(view, port),
  };
}

/** undefined: nothing changes. HTTP services join through routes; different protocols meet in one inspected listener. */
function joinEntry(view: ViewClass, known: OutboundEntry, port: OutboundPort): OutboundEntry | undefined {
  const kind = protocolKind(port.port.protocol);
  const knownKind = protocolKind(known.protocol);
  if (kind === 'none') return undefined;
  if (kind !== 'tcp' && (knownKind === 'auto' || knownKind === kind)) return undefined;
  if (serverSpeaksFirst(port.port.protocol, known.protocol)) return undefined;
  if (kind === 'auto' && knownKind === 'http') return newEntry(view, port);
  return {
    ...known,
    protocol: kind === knownKind ? known.protocol : 'auto',
    chains: mergeChains(known.chains, chainsOf(view, port)),
  };
}

/** Where one of two protocols starts with the server's words, waiting for the client's first bytes would wait for ever. */
function serverSpeaksFirst(a: Protocol, b: Protocol): boolean {
  return a !== b && [a, b].some((protocol) => protocol === 'mongo' || protocol === 'mysql');
}

function chainsOf(view: ViewClass, port: OutboundPort): readonly FilterChain[] {
  switch (protocolKind(port.port.protocol)) {
    case 'http':
      return [port.bind === wildcard ? { ...httpChain(view, port), match: rawHttpMatch } : httpChain(view, port)];
    case 'auto':
      return [...tcpChains(view, port), { ...httpChain(view, port), match: rawHttpMatch }];
    case 'tcp':
      return tcpChains(view, port);
    case 'none':
      return [];
  }
}
