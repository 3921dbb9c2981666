// The ports that a gateway proxy opens: the servers of all Gateways that select it, merged by port as Istio merges them.
import type { Gateway, GatewayProtocol, GatewayServer } from '../../model/gateway.ts';
import type { MeshModel } from '../../model/mesh-model.ts';
import { labelsInclude } from '../../lib/labels.ts';

export interface GatewayPort {
  /** Port that the proxy listens on: where the gateway's service sends the server's port, else that port itself. */
  readonly number: number;
  readonly bind: string;
  /** `http`: all servers share one route configuration. `tls`: one filter chain for each server's hosts. `tcp`: opaque. */
  readonly kind: 'http' | 'tls' | 'tcp';
  readonly servers: readonly GatewayPortServer[];
}

export interface GatewayPortServer {
  readonly gateway: Gateway;
  readonly server: GatewayServer;
  /** Name of the route configuration that serves it (`http.8080`, `https.443.name.gateway.namespace`); empty if none. */
  readonly routeName: string;
}

export interface GatewayProxy {
  readonly labels: Readonly<Record<string, string>>;
  /** Port of the proxy itself that receives a port of the service in front of it. */
  readonly targetPorts: ReadonlyMap<number, number>;
}

export function mergeGateways(model: MeshModel, proxy: GatewayProxy): GatewayPort[] {
  const ports = new Map<string, GatewayPort>();
  const kinds = new Map<number, GatewayPort['kind']>();
  const tlsHosts = new Set<string>();
  for (const gateway of model.gateways) {
    if (!labelsInclude(proxy.labels, gateway.selector)) continue;
    for (const server of gateway.servers) {
      const number = proxy.targetPorts.get(server.port.number) ?? server.port.number;
      const kind = serverKind(server);
      // The first to open a port decides whether it speaks plain HTTP, TLS or TCP.
      if ((kinds.get(number) ?? kind) !== kind) continue;
      if (kind === 'tls' && !claimHosts(tlsHosts, number, server)) continue;
      kinds.set(number, kind);
      addServer(
        ports,
        { number, bind: server.bind, kind, servers: [] },
        {
          gateway,
          server,
          routeName: gatewayRouteName(gateway, server, number),
        },
      );
    }
  }
  return [...ports.values()];
}

export function isHttpGateway(protocol: GatewayProtocol): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc';
}

function serverKind(server: GatewayServer): GatewayPort['kind'] {
  if (isHttpGateway(server.port.protocol)) return 'http';
  return server.tls !== undefined || server.port.protocol === 'https' || server.port.protocol === 'tls' ? 'tls' : 'tcp';
}

function gatewayRouteName(gateway: Gateway, server: GatewayServer, number: number): string {
  const bind = server.bind === '' ? '' : `.${server.bind}`;
  if (isHttpGateway(server.port.protocol)) return `http.${number}${bind}`;
  const passthrough = server.tls?.mode === 'passthrough' || server.tls?.mode === 'auto-passthrough';
  if (server.port.protocol !== 'https' || passthrough) return '';
  return `https.${server.port.number}.${server.port.name}.${gateway.name}.${gateway.namespace}${bind}`;
}

/** The first server with a TLS host keeps it: Envoy takes no two filter chains for one name. */
function claimHosts(claimed: Set<string>, number: number, server: GatewayServer): boolean {
  const keys = server.hosts.map(({ host }) => `${number} ${server.bind} ${host}`);
  if (keys.some((key) => claimed.has(key))) return false;
  for (const key of keys) claimed.add(key);
  return true;
}

function addServer(ports: Map<string, GatewayPort>, port: GatewayPort, server: GatewayPortServer): void {
  const key = `${port.bind}:${port.number}`;
  const known = ports.get(key) ?? port;
  ports.set(key, { ...known, servers: [...known.servers, server] });
}
