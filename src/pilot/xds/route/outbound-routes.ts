// The outbound route configurations of a sidecar: one for each port with HTTP, and one for each service port that is sniffed.
import type { EgressView } from '../../view/egress-view.ts';
import type { ViewClass } from '../../view/view-class.ts';
import { isHttpOrSniffed, outboundHosts } from './outbound-hosts.ts';
import type { RouteConfigSlice, VirtualHostSlice } from './route-slice.ts';

export function outboundRoutes(view: ViewClass): RouteConfigSlice[] {
  const fallback = fallbackHost(view);
  return portsOf(view).flatMap(([port, egress]) => {
    const hosts = outboundHosts(view, egress, port);
    return [{ name: String(port), virtualHosts: [...hosts, fallback] }, ...sniffedRoutes(egress, port, hosts)];
  });
}

/** Name of the route configuration of a port whose protocol is found out per connection, for one service. */
export function sniffedRouteName(hostname: string, port: number): string {
  return `${hostname}:${port}`;
}

/** Ports on which somebody may speak HTTP, each with the egress listener that serves it. */
function portsOf(view: ViewClass): [number, EgressView][] {
  const numbers = new Set<number>();
  for (const { listener, services } of view.egress) {
    if (listener?.port !== undefined && listener.port.number > 0) numbers.add(listener.port.number);
    else {
      for (const service of services) {
        for (const port of service.ports) if (isHttpOrSniffed(port.protocol)) numbers.add(port.number);
      }
    }
  }
  return [...numbers].flatMap((number): [number, EgressView][] => {
    const egress = view.egressFor(number);
    return egress === undefined ? [] : [[number, egress]];
  });
}

/** What was sniffed to be HTTP has the service's address already: the one virtual host takes every Host. */
function sniffedRoutes(egress: EgressView, port: number, hosts: readonly VirtualHostSlice[]): RouteConfigSlice[] {
  return egress.services
    .filter((service) => service.ports.some(({ number, protocol }) => number === port && protocol === 'auto'))
    .map(({ hostname }) => {
      const matching = hosts.filter(({ domains }) => domains.includes(hostname));
      const virtualHosts = matching.length === 1 ? matching.map((host) => ({ ...host, domains: ['*'] })) : matching;
      return { name: sniffedRouteName(hostname, port), virtualHosts };
    });
}

function fallbackHost(view: ViewClass): VirtualHostSlice {
  return view.outboundPolicy === 'allow-any'
    ? { name: 'allow_any', domains: ['*'], routes: [{ kind: 'passthrough' }], requireTls: false }
    : { name: 'block_all', domains: ['*'], routes: [{ kind: 'blackhole' }], requireTls: false };
}
