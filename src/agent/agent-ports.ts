// The ports beside a proxy, as Istio's.

export const agentPorts = {
  /** Envoy's admin, on loopback. */
  admin: 15000,
  metrics: 15020,
  health: 15021,
  /** The DNS proxy, on loopback. */
  dns: 15053,
  envoyMetrics: 15090,
} as const;

export type AgentPorts = { readonly [name in keyof typeof agentPorts]: number };
