// Where a redirected connection was going before iptables changed it: SO_ORIGINAL_DST of netfilter, by `getsockopt`. Node has
// no call for that; koffi's prebuilt library does it in half a microsecond, and takes 3 ms and 3 MB to load.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants } from 'node:os';
import { describeError, MeshError } from '../../lib/mesh-error.ts';
import type { Address } from './address-text.ts';

const solIp = 0;
const solIpv6 = 41;
const soOriginalDst = 80;
const ipv4Bytes = 16;
const ipv6Bytes = 28;

type GetSockOpt = (fd: number, level: number, name: number, value: Uint8Array, length: Uint32Array) => number;

/** Undefined for a connection that came as it was dialled. */
export type OriginalDestination = (fd: number, ipv6: boolean) => Address | undefined;

/** Throws where the library is not there: a redirected connection could not be told from another. */
export function loadOriginalDestination(): OriginalDestination {
  const getSockOpt = loadGetSockOpt();
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

interface Koffi {
  load(path: null): { func(prototype: string): GetSockOpt };
}

/** Beside the sidecar's bundle, or in a checkout's packages. */
function loadGetSockOpt(): GetSockOpt {
  const path = libraryPath();
  const loaded: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(loaded, path, constants.dlopen.RTLD_NOW);
  } catch (error) {
    throw new MeshError('original-destination', `${path} cannot be loaded: ${describeError(error)}`);
  }
  const prototype = 'int getsockopt(int, int, int, _Inout_ uint8_t*, _Inout_ uint32_t*)';
  return (loaded.exports as Koffi).load(null).func(prototype);
}

function libraryPath(): string {
  const program = process.argv[1] ?? '';
  const beside = join(dirname(program), 'koffi.node');
  return existsSync(beside) ? beside : koffiLibrary(createRequire(program === '' ? '/' : program));
}

/** The prebuilt library among the packages that `require` sees. */
export function koffiLibrary(require: NodeJS.Require): string {
  const system = `${process.platform}-${process.arch}`;
  try {
    const folder = dirname(require.resolve(`@koromix/koffi-${system}/package.json`));
    return join(folder, system.replace('-', '_'), 'koffi.node');
  } catch (error) {
    throw new MeshError('original-destination', `the package koffi has nothing for ${system}`, { cause: error });
  }
}
