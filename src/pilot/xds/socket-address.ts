// Prints addresses: an IP with a port, a Unix socket, or a range.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AddressSchema, CidrRangeSchema } from '../../proto/gen/envoy/config/core/v3/address_pb.ts';

const unixPrefix = 'unix://';

/** `unix:///path` becomes a pipe; anything else an address (an IP or, where DNS resolves it, a name) with a port. */
export function socketAddress(address: string, port: number): MessageInitShape<typeof AddressSchema> {
  if (address.startsWith(unixPrefix)) {
    return { address: { case: 'pipe', value: { path: address.slice(unixPrefix.length) } } };
  }
  return {
    address: { case: 'socketAddress', value: { address, portSpecifier: { case: 'portValue', value: port } } },
  };
}

/** `10.1.0.0/16`, or a single address as a range of its full length. */
export function toCidrRange(range: string): MessageInitShape<typeof CidrRangeSchema> {
  const [prefix = '', length] = range.split('/');
  return {
    addressPrefix: prefix,
    prefixLen: length === undefined ? (prefix.includes(':') ? 128 : 32) : Number(length),
  };
}
