// The addresses under which a service is dialled, as listeners bind to them.
import ipaddr from 'ipaddr.js';
import type { Service } from '../../model/service.ts';

export const wildcard = '0.0.0.0';

/** Addresses and ranges; IPv6 only where there is no IPv4. A range of one address is that address. */
export function addressesOf(service: Service): string[] {
  const addresses = service.addresses.map((address) => address.replace(/\/32$/, ''));
  const four = addresses.filter((address) => !address.includes(':'));
  return four.length > 0 ? four : addresses;
}

export function isAddress(text: string): boolean {
  return ipaddr.isValid(text);
}
