// Where a redirected connection was going before iptables changed it: SO_ORIGINAL_DST of netfilter, by `getsockopt`. Node has
// no call for that.
import { systemFunction } from '../system-function.ts';
import type { Address } from './address-text.ts';

const solIp = 0;
const solIpv6 = 41;
const soOriginalDst = 80;
const ipv4Bytes = 16;
const ipv6Bytes = 28;

const prototype = 'int getsockopt(int, int, int, _Inout_ uint8_t*, _Inout_ uint32_t*)';
type GetSockOpt = (fd: number, level: number, name: number, value: Uint8Array, length: Uint32Array) => number;

/** Undefined for a connection that came as it was dialled. */
export type OriginalDestination = (fd: number, ipv6: boolean) => Address | undefined;

/** Throws where the library is not there: a redirected connection could not be told from another. */
export function loadOriginalDestination(): OriginalDestination {
  const getSockOpt = systemFunction<GetSockOpt>(prototype);
  const value = Buffer.alloc(ipv6Bytes);
  const length = new Uint32Array(1);
  return (fd, ipv6) => {
    length[0] = ipv6 ? ipv6Bytes : ipv4Bytes;
    if (getSockOpt(fd, ipv6 ? solIpv6 : solIp, soOriginalDst, value, length) !== 0) return undefined;
    return ipv6 ? readIpv6(value) : readIpv4(value);
  };
}

/** struct sockaddr_in: family, port and address, the last two in network order. */
function readIpv4(value: Buffer): Address {
  return { ip: `${value[4]}.${value[5]}.${value[6]}.${value[7]}`, port: value.readUInt16BE(2) };
}

function readIpv6(value: Buffer): Address {
  const groups = Array.from({ length: 8 }, (_, index) => value.readUInt16BE(8 + 2 * index).toString(16));
  const ip = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  return { ip, port: value.readUInt16BE(2) };
}
