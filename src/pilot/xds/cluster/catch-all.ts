// The clusters for traffic that no service claims: on to where it was going, into the application, or nowhere.
import type { MeshSettings } from '../../../model/mesh-settings.ts';
import { blackHoleCluster, inboundPassthroughCluster, passthroughCluster } from './cluster-name.ts';
import type { ClusterSlice } from './cluster-slice.ts';

/** Connections from here to the application are exempt from redirection, which would bring them back. */
export const inboundBindAddress = '127.0.0.6';

export function catchAllClusters(settings: MeshSettings, type: 'sidecar' | 'router'): ClusterSlice[] {
  const nowhere: ClusterSlice = {
    ...passthrough(settings, blackHoleCluster, ''),
    discovery: { kind: 'nowhere' },
    loadBalancer: { kind: 'round-robin' },
    upstream: 'http1',
    idleTimeoutMs: undefined,
    circuitBreakers: false,
  };
  if (type === 'router') return [nowhere];
  return [
    nowhere,
    passthrough(settings, passthroughCluster, ''),
    passthrough(settings, inboundPassthroughCluster, inboundBindAddress),
  ];
}

function passthrough(settings: MeshSettings, name: string, bindAddress: string): ClusterSlice {
  return {
    name,
    discovery: { kind: 'original-dst', keepForever: false, portOverride: undefined },
    connectTimeoutMs: settings.connectTimeoutMs,
    loadBalancer: { kind: 'provided' },
    upstream: 'client',
    idleTimeoutMs: 300_000,
    tls: undefined,
    bindAddress,
    circuitBreakers: true,
    metadata: undefined,
  };
}
