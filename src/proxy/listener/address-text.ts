// Addresses as Envoy writes them: `10.0.0.1:80`, IPv6 in brackets.
import { hostPort } from '../../lib/socket-address.ts';

export interface Address {
  readonly ip: string;
  readonly port: number;
}

export function addressText({ ip, port }: Address): string {
  return hostPort(ip, port);
}

/** An IPv4 client of an IPv6 socket is an IPv4 client. */
export function plainIp(ip: string | undefined): string {
  if (ip === undefined) return '';
  return ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip;
}
