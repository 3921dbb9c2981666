// Filter chains while a listener is being composed: what they match, and that no two match the same, which Envoy would refuse.
import ipaddr from 'ipaddr.js';
import type { ChainMatch, FilterChain } from './listener-slice.ts';

/** What http_inspector reports for the HTTP versions that a proxy serves. HTTP/1.0 is left to pass as bytes. */
export const plainHttpProtocols: readonly string[] = ['http/1.1', 'h2c'];

/** The names that a chain matches on: none when one of them is `*`; sorted, so that equal chains print equally. */
export function serverNamesOf(hosts: readonly string[]): readonly string[] {
  return hosts.includes('*') ? [] : [...new Set(hosts)].sort();
}

/** The ranges that a chain matches on, as networks: 10.1.2.3/8 and 10.9.9.9/8 are one. */
export function rangesOf(ranges: readonly string[]): readonly string[] {
  return [...new Set(ranges.map(network))].sort();
}

function network(range: string): string {
  const [address = '', length] = range.split('/');
  if (length === undefined || !ipaddr.isValid(address)) return range;
  const kind = ipaddr.parse(address).kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${kind.networkAddressFromCIDR(range).toString()}/${length}`;
}

/**
 * Adds chains to those of a listener. What a connection would match in two of them belongs to the first: the second loses those
 * names, or else those ranges, or goes.
 */
export function mergeChains(known: readonly FilterChain[], added: readonly FilterChain[]): FilterChain[] {
  const merged: FilterChain[] = [...known];
  const claimed = new Set(known.flatMap(({ match }) => claims(match)));
  for (const chain of added) {
    const match = unclaimed(chain.match, claimed);
    if (match === undefined) continue;
    for (const claim of claims(match)) claimed.add(claim);
    merged.push({ ...chain, match });
  }
  return merged;
}

function unclaimed(match: ChainMatch, claimed: ReadonlySet<string>): ChainMatch | undefined {
  const isFree = (part: Partial<ChainMatch>): boolean =>
    claims({ ...match, ...part }).every((claim) => !claimed.has(claim));
  if (isFree({})) return match;
  const serverNames = match.serverNames.filter((name) => isFree({ serverNames: [name] }));
  if (serverNames.length > 0) return { ...match, serverNames };
  const prefixRanges = match.prefixRanges.filter((range) => isFree({ prefixRanges: [range] }));
  return prefixRanges.length > 0 ? { ...match, prefixRanges } : undefined;
}

/** Envoy looks each criterion up on its own: one claim for every combination of their values. */
function claims(match: ChainMatch): string[] {
  const { destinationPort = 0, transportProtocol } = match;
  return orAny(match.prefixRanges).flatMap((range) =>
    orAny(match.serverNames).flatMap((name) =>
      orAny(match.applicationProtocols).map((protocol) =>
        [destinationPort, range, name, transportProtocol, protocol].join(' '),
      ),
    ),
  );
}

const orAny = (values: readonly string[]): readonly string[] => (values.length === 0 ? ['*'] : values);
