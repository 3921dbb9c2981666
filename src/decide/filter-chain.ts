// Which filter chain of a listener serves a connection: level by level the most specific entry wins, and there is no way back from it.
import { parseIp } from './config/decode/ip-address.ts';
import type { FilterChain, FilterChainMatch, ListenerConfig } from './config/listener.ts';
import type { CidrRange } from './config/value.ts';
import { asciiLower } from './match/ascii.ts';
import type { TraceSink } from './trace.ts';

/** Addresses without port; empty if unknown. What the inspectors did not find out is empty too. */
export interface ConnectionView {
  /** The original destination, where that is known. */
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  /** Of the socket itself, if a proxy protocol said otherwise. */
  readonly directSourceAddress?: string;
  readonly serverName: string;
  /** `tls` or `raw_buffer`. */
  readonly transportProtocol: string;
  /** In the client's order of preference: `h2`, `http/1.1`. */
  readonly applicationProtocols: readonly string[];
}

/** How well an entry's condition fits: undefined not at all; higher is more specific; `any` for no condition. */
type Fit = number | undefined;
const any = 0;

interface Level {
  readonly name: string;
  readonly fit: (match: FilterChainMatch, view: ParsedView) => Fit;
}

interface ParsedView extends ConnectionView {
  readonly destination: readonly number[] | undefined;
  readonly source: readonly number[] | undefined;
  readonly directSource: readonly number[] | undefined;
  readonly isLocal: boolean;
}

/** In this order, as Envoy documents it. */
const levels: readonly Level[] = [
  { name: 'destination port', fit: (match, view) => exactFit(match.destinationPort, view.destinationPort) },
  { name: 'destination address', fit: (match, view) => rangeFit(match.prefixRanges, view.destination) },
  { name: 'server name', fit: (match, view) => serverNameFit(match.serverNames, view.serverName) },
  {
    name: 'transport protocol',
    fit: (match, view) => exactFit(match.transportProtocol || undefined, view.transportProtocol),
  },
  {
    name: 'application protocol',
    fit: (match, view) => protocolFit(match.applicationProtocols, view.applicationProtocols),
  },
  { name: 'direct source address', fit: (match, view) => rangeFit(match.directSourcePrefixRanges, view.directSource) },
  { name: 'source type', fit: (match, view) => sourceTypeFit(match.sourceType, view.isLocal) },
  { name: 'source address', fit: (match, view) => rangeFit(match.sourcePrefixRanges, view.source) },
  { name: 'source port', fit: (match, view) => portFit(match.sourcePorts, view.sourcePort) },
];

/** undefined: the connection is closed. */
export function chooseFilterChain(
  { filterChains, defaultFilterChain }: Pick<ListenerConfig, 'filterChains' | 'defaultFilterChain'>,
  connection: ConnectionView,
  trace?: TraceSink,
): FilterChain | undefined {
  const view = parseView(connection);
  let left = filterChains;
  for (const level of levels) {
    left = narrow(left, level, view, trace);
    if (left.length === 0) break;
  }
  const [found] = left;
  const chain = found ?? defaultFilterChain;
  trace?.({
    decision: 'filter-chain',
    subject: chain?.name ?? '',
    chosen: chain !== undefined,
    reason: found === undefined ? 'no chain matches: the default one' : 'the most specific one that matches',
  });
  return chain;
}

function narrow(
  chains: readonly FilterChain[],
  { name, fit }: Level,
  view: ParsedView,
  trace: TraceSink | undefined,
): readonly FilterChain[] {
  let best = -1;
  let kept: FilterChain[] = [];
  for (const chain of chains) {
    const found = fit(chain.match, view) ?? -1;
    if (found > best) {
      best = found;
      kept = [];
    }
    if (found === best && found >= 0) kept.push(chain);
  }
  if (trace !== undefined) {
    for (const chain of chains) {
      if (!kept.includes(chain)) trace({ decision: 'filter-chain', subject: chain.name, chosen: false, reason: name });
    }
  }
  return kept;
}

function parseView(view: ConnectionView): ParsedView {
  const source = parseIp(view.sourceAddress);
  return {
    ...view,
    serverName: asciiLower(view.serverName),
    destination: parseIp(view.destinationAddress),
    source,
    directSource: view.directSourceAddress === undefined ? source : parseIp(view.directSourceAddress),
    isLocal: view.sourceAddress === view.destinationAddress || isLoopback(source),
  };
}

/** 127.0.0.1 and ::1 alone, as Envoy has it. */
function isLoopback(address: readonly number[] | undefined): boolean {
  if (address?.length === 4) return address.every((byte, at) => byte === [127, 0, 0, 1][at]);
  return address !== undefined && address.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

function exactFit<T>(wanted: T | undefined, value: T): Fit {
  if (wanted === undefined) return any;
  return wanted === value ? 1 : undefined;
}

function portFit(wanted: readonly number[], port: number): Fit {
  if (wanted.length === 0) return any;
  return wanted.includes(port) ? 1 : undefined;
}

/** By the length of the longest range that holds the address; no ranges hold every address, as `/0` does. */
function rangeFit(ranges: readonly CidrRange[], address: readonly number[] | undefined): Fit {
  if (ranges.length === 0) return any;
  let best: Fit;
  for (const range of ranges) {
    if (address !== undefined && holds(range, address)) best = Math.max(best ?? 0, range.prefixLength);
  }
  return best;
}

function holds({ bytes, prefixLength }: CidrRange, address: readonly number[]): boolean {
  if (bytes.length !== address.length) return false;
  const whole = prefixLength >> 3;
  for (let at = 0; at < whole; at++) if (bytes[at] !== address[at]) return false;
  const rest = prefixLength & 7;
  return rest === 0 || (bytes[whole]! ^ address[whole]!) >> (8 - rest) === 0;
}

/** The exact name, then the longest wildcard. */
function serverNameFit(wanted: readonly string[], name: string): Fit {
  if (wanted.length === 0) return any;
  let best: Fit;
  for (const entry of wanted) {
    if (entry === name) return Number.MAX_SAFE_INTEGER;
    // A wildcard stands for at least one character, which may hold dots.
    if (entry.startsWith('*.') && name.length >= entry.length && name.endsWith(entry.slice(1))) {
      best = Math.max(best ?? 0, entry.length);
    }
  }
  return best;
}

/** The client's first protocol that any chain has decides. */
function protocolFit(wanted: readonly string[], offered: readonly string[]): Fit {
  if (wanted.length === 0) return any;
  const at = offered.findIndex((protocol) => wanted.includes(protocol));
  return at < 0 ? undefined : offered.length - at;
}

function sourceTypeFit(type: FilterChainMatch['sourceType'], isLocal: boolean): Fit {
  if (type === 'any') return any;
  return (type === 'same-ip-or-loopback') === isLocal ? 1 : undefined;
}
