// Decodes addresses and address ranges. Names are no addresses, except where DNS is asked.
import type {
  Address as AddressMessage,
  CidrRange as CidrMessage,
  SocketAddress,
} from '../../../proto/gen/envoy/config/core/v3/address_pb.ts';
import { SocketAddress_Protocol as Protocol } from '../../../proto/gen/envoy/config/core/v3/address_pb.ts';
import type { Address, CidrRange } from '../value.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { parseIp } from './ip-address.ts';
import { inRange, requireText } from './value.ts';

const nowhere: Address = { kind: 'socket', host: '', port: 0 };

/** `hosts`: whether a host may be a name to resolve. */
export function address(message: AddressMessage | undefined, at: Cursor, hosts: 'ip' | 'names'): Address {
  const chosen = message?.address;
  switch (chosen?.case) {
    case 'socketAddress':
      return socketAddress(chosen.value, under(at, 'socket_address'), hosts);
    case 'pipe':
      return { kind: 'pipe', path: requireText(chosen.value.path, under(under(at, 'pipe'), 'path')) };
    case 'envoyInternalAddress':
      notYet(under(at, 'envoy_internal_address'), 'an internal address');
      return nowhere;
    case undefined:
      refuse(at, 'missing', 'an address is missing');
      return nowhere;
  }
}

export function socketAddress(message: SocketAddress, at: Cursor, hosts: 'ip' | 'names'): Address {
  if (message.protocol !== Protocol.TCP) notYet(under(at, 'protocol'), 'any protocol but TCP');
  if (message.resolverName !== '') notYet(under(at, 'resolver_name'), 'a custom resolver');
  const host = requireText(message.address, under(at, 'address'));
  if (hosts === 'ip' && host !== '' && parseIp(host) === undefined) {
    refuse(
      under(at, 'address'),
      'bad-value',
      `malformed IP address: ${host}. Is it a name, and the cluster not by DNS?`,
    );
  }
  return { kind: 'socket', host, port: port(message, at) };
}

function port({ portSpecifier }: SocketAddress, at: Cursor): number {
  if (portSpecifier.case === 'portValue') return inRange(portSpecifier.value, 0, 65_535, under(at, 'port_value'));
  if (portSpecifier.case === 'namedPort') notYet(under(at, 'named_port'), 'a port by name');
  else refuse(at, 'missing', 'a port is missing');
  return 0;
}

/** Bits beyond the prefix are cleared, and a prefix longer than the address is cut, as Envoy does. */
export function cidrRange(message: CidrMessage, at: Cursor): CidrRange {
  const length = inRange(message.prefixLen ?? 0, 0, 128, under(at, 'prefix_len'));
  const text = requireText(message.addressPrefix, under(at, 'address_prefix'));
  const ip = parseIp(text);
  if (ip === undefined) {
    if (text !== '') refuse(under(at, 'address_prefix'), 'bad-value', `malformed IP address: ${text}`);
    return { address: text, prefixLength: 0, bytes: [] };
  }
  const prefixLength = Math.min(length, ip.length * 8);
  const bytes = ip.map((byte, index) => byte & maskByte(prefixLength - index * 8));
  return { address: text, prefixLength, bytes };
}

function maskByte(bits: number): number {
  if (bits >= 8) return 0xff;
  return bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}
