// Which inspectors an inbound listener needs, and on which ports: a declared port is never kept waiting for its first bytes.
import type { FilterChain, ListenerFilter } from './listener-slice.ts';

export function inboundInspectors(chains: readonly FilterChain[]): ListenerFilter[] {
  const tls = portsWhere(chains, ({ match }) => match.transportProtocol === 'tls');
  const http = portsWhere(chains, ({ match }) => match.applicationProtocols.includes('http/1.1'));
  return [...inspector('tls-inspector', tls), ...inspector('http-inspector', http)];
}

/** For each port, 0 for all that have no chain of their own: whether one of its chains needs it. */
function portsWhere(chains: readonly FilterChain[], needs: (chain: FilterChain) => boolean): Map<number, boolean> {
  const ports = new Map<number, boolean>();
  for (const chain of chains) {
    const port = chain.match.destinationPort ?? 0;
    ports.set(port, ports.get(port) === true || needs(chain));
  }
  return ports;
}

function inspector(kind: ListenerFilter['kind'], ports: ReadonlyMap<number, boolean>): ListenerFilter[] {
  if (![...ports.values()].includes(true)) return [];
  const except = ports.get(0) !== true;
  // Off by default: on for the ports that need it. On by default: off for those that do not.
  const listed = [...ports].filter(([port, needed]) => port !== 0 && needed === except).map(([port]) => port);
  if (listed.length === 0) return [{ kind, disabledOn: undefined }];
  return [{ kind, disabledOn: { ports: listed.sort((a, b) => a - b), except } }];
}
