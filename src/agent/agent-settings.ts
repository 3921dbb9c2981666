// What the agent is told from outside: environment, arguments and the pod's labels, read into one readonly value.
import { isIP } from 'node:net';
import { parseDuration } from '../lib/duration.ts';
import { MeshError } from '../lib/mesh-error.ts';
import type { AppProbe } from './app-probes.ts';
import { parsePodInfo } from './pod-info.ts';

/** The parts of Istio's ProxyConfig that the agent acts on; the rest goes to the control plane as it came. */
export interface ProxyConfig {
  readonly concurrency?: number;
  readonly drainDuration?: string;
  readonly terminationDrainDuration?: string;
  readonly runtimeValues?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface AgentSettings {
  readonly role: 'sidecar' | 'router';
  readonly podName: string;
  readonly namespace: string;
  readonly address: string;
  readonly serviceAccount: string;
  /** `cluster.local` */
  readonly clusterDomain: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** What `ISTIO_META_*` and `ISTIO_METAJSON_*` say, for the node's metadata. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly proxyConfig: ProxyConfig;
  /** `unix:/run/heddle/xds.sock` or `host:port`. */
  readonly xdsAddress: string;
  /** Which proxy serves the workload: the one in this process, or a real Envoy. */
  readonly proxy: 'embedded' | 'envoy';
  /** Empty without an Envoy. */
  readonly envoyPath: string;
  readonly captureDns: boolean;
  readonly logLevel: string;
  /** By the path that the kubelet asks for: `/app-health/CONTAINER/readyz`. */
  readonly appProbes: Readonly<Record<string, AppProbe>>;
  /** For what must outlive a restart of the container. */
  readonly dataFolder: string;
  /** For what is written anew at each start. */
  readonly configFolder: string;
  readonly drainMs: number;
  readonly terminationDrainMs: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;
/** The text of a file, or undefined when it is not there. */
export type ReadText = (path: string) => string | undefined;

/** Throws a MeshError `agent-settings` that names the variable and what it should be. */
export function readAgentSettings(role: string, env: Environment, readText: ReadText): AgentSettings {
  if (role !== 'sidecar' && role !== 'router') return bad(`role \`${role}\` must be sidecar or router`);
  const proxy = env['HEDDLE_PROXY'] || 'envoy';
  if (proxy !== 'embedded' && proxy !== 'envoy') return bad(`HEDDLE_PROXY \`${proxy}\` must be embedded or envoy`);
  const address = required(env, 'INSTANCE_IP');
  if (isIP(address) === 0) return bad(`INSTANCE_IP \`${address}\` must be the pod’s IP address`);
  const podInfo = env['HEDDLE_POD_INFO'] ?? '/etc/istio/pod';
  const proxyConfig = readProxyConfig(env['PROXY_CONFIG']);
  return {
    role,
    podName: required(env, 'POD_NAME'),
    namespace: required(env, 'POD_NAMESPACE'),
    address,
    serviceAccount: env['SERVICE_ACCOUNT'] || 'default',
    clusterDomain: env['CLUSTER_DOMAIN'] || 'cluster.local',
    labels: parsePodInfo(readText(`${podInfo}/labels`) ?? ''),
    annotations: parsePodInfo(readText(`${podInfo}/annotations`) ?? ''),
    metadata: readMetadata(env),
    proxyConfig,
    xdsAddress: required(env, 'HEDDLE_XDS'),
    proxy,
    envoyPath: proxy === 'envoy' ? required(env, 'HEDDLE_ENVOY') : (env['HEDDLE_ENVOY'] ?? ''),
    captureDns: env['ISTIO_META_DNS_CAPTURE'] === 'true',
    logLevel: readLogLevel(env['HEDDLE_LOG_LEVEL'] || 'warning'),
    appProbes: readJson('ISTIO_KUBE_APP_PROBERS', env['ISTIO_KUBE_APP_PROBERS'] || '{}') as Record<string, AppProbe>,
    dataFolder: env['HEDDLE_DATA'] || '/var/lib/istio/data',
    configFolder: env['HEDDLE_CONFIG'] || '/etc/istio/proxy',
    drainMs: readDuration(proxyConfig.drainDuration, 'drainDuration', 45_000),
    terminationDrainMs: readDuration(proxyConfig.terminationDrainDuration, 'terminationDrainDuration', 5000),
  };
}

function bad(message: string, cause?: unknown): never {
  throw new MeshError('agent-settings', message, { cause });
}

function required(env: Environment, name: string): string {
  return env[name] || bad(`the environment variable ${name} is missing`);
}

function readDuration(text: string | undefined, field: string, fallbackMs: number): number {
  if (text === undefined) return fallbackMs;
  return parseDuration(text) ?? bad(`PROXY_CONFIG.${field} \`${text}\` must be a duration such as 5s`);
}

/** Envoy's words; it would not start with another one. */
export function readLogLevel(text: string): string {
  const levels = ['trace', 'debug', 'info', 'warning', 'warn', 'error', 'critical', 'off'];
  return levels.includes(text) ? text : bad(`log level \`${text}\` must be one of ${levels.join(', ')}`);
}

function readProxyConfig(text = '{}'): ProxyConfig {
  const value = readJson('PROXY_CONFIG', text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('PROXY_CONFIG must be a map');
  return value as ProxyConfig;
}

function readJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return bad(`the environment variable ${name} must be JSON`, error);
  }
}

/** Istio's convention: any further metadata comes as `ISTIO_META_NAME=text` or `ISTIO_METAJSON_NAME=json`. */
function readMetadata(env: Environment): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (name.startsWith('ISTIO_META_')) metadata[name.slice('ISTIO_META_'.length)] = value;
    if (name.startsWith('ISTIO_METAJSON_')) metadata[name.slice('ISTIO_METAJSON_'.length)] = readJson(name, value);
  }
  return metadata;
}
