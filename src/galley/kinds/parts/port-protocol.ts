// Which protocol a port speaks, told by its name or its appProtocol (Istio: "Protocol Selection").
import type { Protocol } from '../../../model/service.ts';

const byName: Readonly<Record<string, Protocol>> = {
  http: 'http',
  http_proxy: 'http',
  http2: 'http2',
  grpc: 'grpc',
  'grpc-web': 'grpc-web',
  tcp: 'tcp',
  tls: 'tls',
  https: 'https',
  mongo: 'mongo',
  mysql: 'mysql',
  redis: 'redis',
  udp: 'udp',
};

/** Values that Kubernetes itself defines for appProtocol. */
const standardAppProtocols: Readonly<Record<string, Protocol>> = {
  'kubernetes.io/h2c': 'http2',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/wss': 'https',
};

/** Ports of protocols in which the server may speak first, so that sniffing would stall: SMTP, DNS, MySQL, MongoDB. */
const serverFirstPorts: ReadonlySet<number> = new Set([25, 53, 3306, 27017]);

/** A protocol as written in a resource, in any case; `auto` when it is none that we know. */
export function parseProtocol(name: string): Protocol {
  const key = name.toLowerCase();
  return (Object.hasOwn(byName, key) ? byName[key] : undefined) ?? 'auto';
}

/** The protocol of a Kubernetes service port: appProtocol before the name's prefix (`http-admin`), then the port number. */
export function protocolOfServicePort(port: {
  readonly port: number;
  readonly name?: string | undefined;
  readonly protocol?: string | undefined;
  readonly appProtocol?: string | undefined;
}): Protocol {
  if (port.protocol === 'UDP') return 'udp';
  const standard = port.appProtocol === undefined ? undefined : standardAppProtocols[port.appProtocol];
  if (standard !== undefined) return standard;
  const name = (port.appProtocol ?? port.name ?? '').toLowerCase();
  if (name.startsWith('grpc-web')) return 'grpc-web';
  const protocol = parseProtocol(name.split('-', 1)[0] ?? '');
  return protocol === 'auto' && serverFirstPorts.has(port.port) ? 'tcp' : protocol;
}
