// Turns an application's network probes into requests to its sidecar's agent, which asks the application from inside the
// pod: a kubelet has no place in the mesh, so it must depend neither on mutual TLS nor on an authorization policy.
import type { Container, Probe } from '../lib/kubernetes.ts';

const agentPort = 15020;

const probeKinds = [
  ['readinessProbe', 'readyz'],
  ['livenessProbe', 'livez'],
  ['startupProbe', 'startupz'],
] as const;

/** What the agent is to do for `/app-health/CONTAINER/readyz` and the like; Istio's form of `ISTIO_KUBE_APP_PROBERS`. */
export type AppProbers = Record<string, Pick<Probe, 'httpGet' | 'tcpSocket' | 'grpc' | 'timeoutSeconds'>>;

export interface RewrittenProbes {
  readonly containers: Container[];
  readonly probers: AppProbers;
}

/** Probes that run a command stay as they are, and so do those of the agent itself. */
export function rewriteProbes(containers: readonly Container[]): RewrittenProbes {
  const probers: AppProbers = {};
  const rewritten = containers.map((container) => {
    const changes: Partial<Container> = {};
    for (const [kind, suffix] of probeKinds) {
      const probe = container[kind];
      const asked = probe && whatIsAsked(probe, container);
      if (!probe || !asked) continue;
      const path = `/app-health/${container.name}/${suffix}`;
      probers[path] = { ...asked, timeoutSeconds: probe.timeoutSeconds ?? 1 };
      const { httpGet: _http, tcpSocket: _tcp, grpc: _grpc, ...timing } = probe;
      changes[kind] = { ...timing, httpGet: { path, port: agentPort } };
    }
    return { ...container, ...changes };
  });
  return { containers: rewritten, probers };
}

/** The question with its port as a number: only the container's own list knows the names. */
function whatIsAsked(probe: Probe, container: Container): AppProbers[string] | undefined {
  const { httpGet, tcpSocket, grpc } = probe;
  if (httpGet !== undefined) {
    const port = portNumber(httpGet.port, container);
    // A host of its own: it is not this pod that the probe asks.
    const isElsewhere = httpGet.host !== undefined && httpGet.host !== '';
    return port === undefined || port === agentPort || isElsewhere ? undefined : { httpGet: { ...httpGet, port } };
  }
  if (tcpSocket !== undefined) {
    const port = portNumber(tcpSocket.port, container);
    return port === undefined ? undefined : { tcpSocket: { port } };
  }
  return grpc === undefined ? undefined : { grpc };
}

/** Undefined for a name that is not there: the probe is then left to fail as it would without a sidecar. */
function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port;
  if (/^\d+$/.test(port)) return Number(port);
  return container.ports?.find(({ name }) => name === port)?.containerPort;
}
