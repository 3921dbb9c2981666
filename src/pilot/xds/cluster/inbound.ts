// The clusters of a sidecar's own application: one per port, to the address that the connection came for or the Sidecar's.
import type { ProxyView } from '../../proxy-view.ts';
import { type InboundPort, inboundPorts } from '../listener/inbound-ports.ts';
import { isHttp2 } from '../protocol-kind.ts';
import { inboundBindAddress } from './catch-all.ts';
import type { ClusterMetadata, ClusterSlice, Discovery } from './cluster-slice.ts';

export function inboundClusters(view: ProxyView): ClusterSlice[] {
  return inboundPorts(view).map((port): ClusterSlice => {
    const discovery = inboundDiscovery(view, port);
    const local =
      discovery.kind === 'static' && discovery.endpoints.localities[0]?.endpoints[0]?.address === '127.0.0.1';
    return {
      name: port.cluster,
      discovery,
      connectTimeoutMs: view.model.settings.connectTimeoutMs,
      loadBalancer: discovery.kind === 'original-dst' ? { kind: 'provided' } : { kind: 'round-robin' },
      upstream: isHttp2(port.protocol) ? 'http2' : port.protocol === 'auto' ? 'client' : 'http1',
      idleTimeoutMs: undefined,
      tls: undefined,
      bindAddress: local ? '' : inboundBindAddress,
      circuitBreakers: true,
      metadata: inboundMetadata(view, port),
    };
  });
}

/** Where a Sidecar's ingress port leads; else where the connection was going, so that the application may bind as it likes. */
function inboundDiscovery(view: ProxyView, { port, cluster }: InboundPort): Discovery {
  const ingress = view.class.scope?.ingress.find((listener) => listener.port.number === port);
  const target = ingress?.defaultEndpoint ?? '';
  if (target === '') return { kind: 'original-dst', keepForever: true, portOverride: undefined };
  const colon = target.lastIndexOf(':');
  const isSocket = target.startsWith('unix://');
  const host = isSocket ? target : target.slice(0, colon).replace(/^\[|\]$/g, '');
  // 0.0.0.0 stands for the pod's own address.
  const address = host === '0.0.0.0' ? (view.proxy.addresses[0] ?? '127.0.0.1') : host;
  const endpoint = { address, port: isSocket ? 0 : Number(target.slice(colon + 1)), weight: 1 };
  const locality = { region: '', zone: '', subZone: '' };
  return { kind: 'static', endpoints: { name: cluster, localities: [{ locality, endpoints: [endpoint] }] } };
}

/** All services that the port serves: telemetry tells them apart. */
function inboundMetadata(view: ProxyView, { port }: InboundPort): ClusterMetadata {
  const served = view.targets.filter(({ targetPort }) => targetPort === port);
  const services = served.map(({ service: { hostname, name, namespace } }) => ({ host: hostname, name, namespace }));
  return { config: undefined, subset: '', port: undefined, external: false, services };
}
