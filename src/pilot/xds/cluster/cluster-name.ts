// Istio's cluster names: `outbound|9080|v1|reviews.shop.svc.cluster.local`, `inbound|9080||`, and the catch-all ones.

export const passthroughCluster = 'PassthroughCluster';
export const blackHoleCluster = 'BlackHoleCluster';
export const inboundPassthroughCluster = 'InboundPassthroughCluster';

export function outboundCluster(hostname: string, port: number, subset = ''): string {
  return `outbound|${port}|${subset}|${hostname}`;
}

export function inboundCluster(port: number): string {
  return `inbound|${port}||`;
}

/** Name of a statistics prefix; Istio ends it with `;`, so that Envoy's tag extraction finds where it ends. */
export function statName(name: string): string {
  return `${name};`;
}
