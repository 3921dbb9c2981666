// Who the client is: `x-forwarded-for` and the connection's own address (Envoy: "x-forwarded-for", xff_num_trusted_hops).
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { HttpConnectionManager } from '../../decide/config/http-connection-manager.ts';
import type { HeaderMap } from '../../decide/header-map.ts';

export interface ClientAddress {
  /** undefined: `x-forwarded-for` does not tell. */
  readonly ip: string | undefined;
  /** The header names one address alone: only then the request may be internal. */
  readonly single: boolean;
}

/** The address `hops` places from the end of the list. */
export function lastForwardedAddress(headers: HeaderMap, hops: number): ClientAddress {
  const list = headers.joined('x-forwarded-for');
  if (list === undefined) return { ip: undefined, single: false };
  let end = list.length;
  for (let skipped = 0; skipped < hops; skipped++) {
    end = list.lastIndexOf(',', end - 1);
    if (end < 0) return { ip: undefined, single: false };
  }
  const begin = list.lastIndexOf(',', end - 1) + 1;
  const ip = list.slice(begin, end).trim();
  if (isIP(ip) === 0) return { ip: undefined, single: false };
  return { ip, single: begin === 0 && end === list.length };
}

/** Whether an address counts as internal by the connection manager's ranges. */
export function internalAddresses(config: HttpConnectionManager): (ip: string) => boolean {
  if (config.trust.internalRanges.length === 0) return () => false;
  const list = new BlockList();
  for (const range of config.trust.internalRanges)
    list.addSubnet(range.address, range.prefixLength, range.bytes.length === 4 ? 'ipv4' : 'ipv6');
  return (ip) => list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
}

/** As Envoy has it: not 127.0.0.6 and the like. */
export function isLoopback(ip: string): boolean {
  return ip === '127.0.0.1' || ip === '::1';
}

let own: string | undefined;

/** The first address of this machine (or pod) that others can see; what Envoy calls its local address. */
export function ownAddress(): string {
  own ??= Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  return own ?? '127.0.0.1';
}
