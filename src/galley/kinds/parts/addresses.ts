// Addresses and ports in resources: IP, CIDR, Unix socket, port number.
import { isIP } from 'node:net';
import type { Problem } from './issue-list.ts';

export const unixPrefix = 'unix://';

export function checkPort(port: number): Problem {
  if (port >= 1 && port <= 65_535) return undefined;
  return { code: 'out-of-range', message: `${port} is no port number`, hint: '1 to 65535' };
}

export function checkIp(address: string): Problem {
  return isIP(address) === 0 ? { code: 'bad-value', message: `\`${address}\` is not an IP address` } : undefined;
}

/** An address, or a range in CIDR form. */
export function checkSubnet(subnet: string): Problem {
  const [address = '', bits, ...more] = subnet.split('/');
  if (bits === undefined || more.length > 0) return checkIp(subnet);
  const version = isIP(address);
  const fits = /^(?:0|[1-9]\d*)$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
  if (version !== 0 && fits && !address.includes('%')) return undefined;
  return { code: 'bad-value', message: `\`${subnet}\` is not a CIDR range`, hint: 'such as `10.1.0.0/16`' };
}

/** What follows `unix://`: an absolute path of a file, or an abstract name that begins with `@`. */
export function checkUnixPath(path: string): Problem {
  if (path.startsWith('@') || (path.startsWith('/') && !path.endsWith('/'))) return undefined;
  return { code: 'bad-value', message: `\`${path}\` is not an absolute path to a socket` };
}

/** The bind address of a listener: an IP address. */
export function checkBind(bind: string): Problem {
  return bind === '' ? undefined : checkIp(bind);
}

/** `host:port` or `[v6]:port` taken apart as Go's net.SplitHostPort does; undefined if it cannot be. */
export function splitHostPort(text: string): { readonly host: string; readonly port: string } | undefined {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text);
  return match === null ? undefined : { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' };
}
