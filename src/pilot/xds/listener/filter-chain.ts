// Filter chains while a listener is being composed: which ones Envoy could not tell apart.
import ipaddr from 'ipaddr.js';
import type { ChainMatch, FilterChain } from './listener-slice.ts';

/** What http_inspector reports for the HTTP versions that a proxy serves. HTTP/1.0 is left to pass as bytes. */
export const plainHttpProtocols: readonly string[] = ['http/1.1', 'h2c'];

/** True when no connection could tell one from the other, so that Envoy would refuse both together. */
export function sameMatch(a: ChainMatch, b: ChainMatch): boolean {
  return (
    a.destinationPort === b.destinationPort &&
    a.transportProtocol === b.transportProtocol &&
    a.applicationProtocols.join() === b.applicationProtocols.join() &&
    sameSet(a.serverNames, b.serverNames) &&
    sameSet(a.prefixRanges.map(maskedRange), b.prefixRanges.map(maskedRange))
  );
}

/** Adds chains to those of a listener; of two alike the first stays. */
export function mergeChains(known: readonly FilterChain[], added: readonly FilterChain[]): FilterChain[] {
  const merged = [...known];
  for (const chain of added) {
    if (!merged.some((existing) => sameMatch(existing.match, chain.match))) merged.push(chain);
  }
  return merged;
}

/** The names that a chain matches on: none when one of them is `*`; sorted, so that equal chains print equally. */
export function serverNamesOf(hosts: readonly string[]): readonly string[] {
  return hosts.includes('*') ? [] : [...hosts].sort();
}

/** 10.1.2.3/8 and 10.9.9.9/8 are the same range. */
function maskedRange(range: string): string {
  if (!range.includes('/')) return range;
  try {
    const address = ipaddr.parse(range.slice(0, range.indexOf('/')));
    const network =
      address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(range) : ipaddr.IPv6.networkAddressFromCIDR(range);
    return `${network.toString()}${range.slice(range.indexOf('/'))}`;
  } catch {
    // Not a range: compared as written.
    return range;
  }
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  const other = new Set(b);
  return set.size === other.size && [...set].every((value) => other.has(value));
}
