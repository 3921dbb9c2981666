// How a port's protocol is served: as HTTP, as bytes, or found out connection by connection.
import type { Protocol } from '../../model/service.ts';

/** `none`: not proxied at all (UDP). */
export type ProtocolKind = 'http' | 'tcp' | 'auto' | 'none';

export function protocolKind(protocol: Protocol): ProtocolKind {
  switch (protocol) {
    case 'http':
    case 'http2':
    case 'grpc':
    case 'grpc-web':
      return 'http';
    case 'tcp':
    case 'tls':
    case 'https':
    case 'mongo':
    case 'mysql':
    case 'redis':
      return 'tcp';
    case 'auto':
      return 'auto';
    case 'udp':
      return 'none';
  }
}

/** Ports whose connections carry the name of their host. */
export function isTls(protocol: Protocol): boolean {
  return protocol === 'tls' || protocol === 'https';
}

/** Ports that a proxy talks HTTP/2 to. */
export function isHttp2(protocol: Protocol): boolean {
  return protocol === 'http2' || protocol === 'grpc' || protocol === 'grpc-web';
}
