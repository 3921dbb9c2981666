// What a filter chain matches, in the form in which equal matches are equal data.
import ipaddr from 'ipaddr.js';
import type { ChainMatch } from './listener-slice.ts';

export const matchAll: ChainMatch = {
  destinationPort: undefined,
  serverNames: [],
  prefixRanges: [],
  applicationProtocols: [],
  transportProtocol: '',
};

export function isMatchAll(match: ChainMatch): boolean {
  return (
    match.destinationPort === undefined &&
    match.serverNames.length === 0 &&
    match.prefixRanges.length === 0 &&
    match.applicationProtocols.length === 0 &&
    match.transportProtocol === ''
  );
}

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
