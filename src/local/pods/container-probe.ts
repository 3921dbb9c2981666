// Runs one probe of a container: over the network from the hub, or a command inside it.
import type { Container, Probe } from '../../lib/kubernetes.ts';
import type { HubHelperProcess } from '../network/hub-helper-process.ts';
import type { NetworkProbe, ProbeOutcome } from '../network/hub-messages.ts';
import { ContainerProcess } from './container-process.ts';
import type { ContainerLaunch } from './container-process.ts';

export interface ProbeTarget {
  readonly container: Container;
  readonly podIP: string;
  readonly helper: HubHelperProcess;
  readonly launch: () => ContainerLaunch;
}

export async function probeContainer(
  probe: Probe,
  target: ProbeTarget,
  process: ContainerProcess,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  if (probe.exec !== undefined) return executeInside(probe.exec.command, target.launch(), process, timeoutMs);
  const network = networkProbe(probe, target);
  if (network === undefined) return { ok: false, message: 'the probe names no port of the container' };
  return target.helper.probe(network, timeoutMs);
}

function networkProbe(probe: Probe, { container, podIP }: ProbeTarget): NetworkProbe | undefined {
  const { httpGet, tcpSocket, grpc } = probe;
  const port = portNumber(httpGet?.port ?? tcpSocket?.port ?? grpc?.port, container);
  if (port === undefined) return undefined;
  // A gRPC health check needs a gRPC client here; until there is one, an open port is taken for health.
  if (httpGet === undefined) return { kind: 'tcp', address: podIP, port };
  const path = httpGet.path ?? '/';
  return {
    kind: 'http',
    address: httpGet.host ?? podIP,
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    tls: httpGet.scheme?.toUpperCase() === 'HTTPS',
    headers: (httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value] as const),
  };
}

function portNumber(port: number | string | undefined, container: Container): number | undefined {
  if (port === undefined || typeof port === 'number') return port;
  if (/^\d+$/.test(port)) return Number(port);
  return container.ports?.find(({ name }) => name === port)?.containerPort;
}

/** In the container's own view of the file system, with its environment and user. */
export async function executeInside(
  command: readonly string[],
  launch: ContainerLaunch,
  process: ContainerProcess,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  if (process.pid === 0) return { ok: false, message: 'the container is not running' };
  const { env, folder, user } = launch;
  const run = ContainerProcess.start(process.pid, { command, env, folder, user });
  const timer = setTimeout(() => run.kill(), timeoutMs);
  const { exitCode } = await run.exited;
  clearTimeout(timer);
  return { ok: exitCode === 0, message: exitCode === 0 ? '' : `${command[0]} ended with code ${exitCode}` };
}
