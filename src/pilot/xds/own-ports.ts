// Ports on which a proxy or its agent listens by itself: nothing that is configured may take them.

/** Redirected connections out and in, health, metrics. */
const proxyPorts: ReadonlySet<number> = new Set([15001, 15006, 15021, 15090]);

/** Admin, and metrics of proxy and application together; no service is kept from these in a sidecar, as they are not redirected. */
const agentPorts: ReadonlySet<number> = new Set([15000, 15020]);

export function isProxyPort(port: number): boolean {
  return proxyPorts.has(port);
}

/** Whether a real listener on every address would collide. */
export function isTakenPort(port: number): boolean {
  return proxyPorts.has(port) || agentPorts.has(port);
}
