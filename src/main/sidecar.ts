// The command `sidecar` (in a pod: `node sidecar.js proxy sidecar|router`): reads the environment, runs until told to end.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { agentPorts } from '../agent/agent-ports.ts';
import { type AgentSettings, readAgentSettings, readLogLevel } from '../agent/agent-settings.ts';
import { bootstrap } from '../agent/bootstrap.ts';
import { EnvoyProxy } from '../agent/envoy-proxy.ts';
import { proxyIdentity } from '../agent/proxy-identity.ts';
import { Sidecar } from '../agent/sidecar.ts';
import { keepsStat } from '../agent/stats-config.ts';
import type { WorkloadProxy } from '../agent/workload-proxy.ts';
import { describeError, MeshError } from '../lib/mesh-error.ts';
import { createLogger, type Logger, parseLogLevel } from '../telemetry/logger.ts';

const usage = `Runs the proxy of one workload, with its names and its health checks.

  node sidecar.js proxy sidecar|router [--proxyLogLevel LEVEL] [--concurrency N] [--print-bootstrap]

Environment: POD_NAME POD_NAMESPACE INSTANCE_IP SERVICE_ACCOUNT HEDDLE_XDS, HEDDLE_PROXY (embedded, or envoy with HEDDLE_ENVOY),
and as they are needed HEDDLE_LOG_LEVEL HEDDLE_DATA HEDDLE_CONFIG HEDDLE_POD_INFO CLUSTER_DOMAIN PROXY_CONFIG ISTIO_META_* ISTIO_METAJSON_*.
SIGTERM drains the proxy and ends; a second one ends at once.

Example: POD_NAME=a POD_NAMESPACE=default INSTANCE_IP=10.0.0.7 HEDDLE_XDS=unix:/run/heddle/xds.sock \\
         HEDDLE_ENVOY=/usr/bin/envoy node sidecar.js proxy sidecar --print-bootstrap
`;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new MeshError('agent-settings', `${path} cannot be read`, { cause: error });
  }
}

interface Invocation {
  readonly settings: AgentSettings;
  readonly printBootstrap: boolean;
}

/** Undefined asks for the usage text. */
function readInvocation(args: readonly string[]): Invocation | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      'print-bootstrap': { type: 'boolean' },
      proxyLogLevel: { type: 'string' },
      concurrency: { type: 'string' },
    },
  });
  const [command, role = ''] = positionals;
  if (values.help === true || command !== 'proxy') return undefined;
  const read = readAgentSettings(role, process.env, readText);
  if (values.concurrency !== undefined && !/^\d{1,4}$/.test(values.concurrency)) {
    throw new MeshError('agent-settings', `--concurrency \`${values.concurrency}\` must be a number of threads`);
  }
  const concurrency = values.concurrency === undefined ? {} : { concurrency: Number(values.concurrency) };
  const settings: AgentSettings = {
    ...read,
    logLevel: values.proxyLogLevel === undefined ? read.logLevel : readLogLevel(values.proxyLogLevel),
    proxyConfig: { ...read.proxyConfig, ...concurrency },
  };
  return { settings, printBootstrap: values['print-bootstrap'] === true };
}

/** Until the first signal or request to end; a second signal does not wait for the drain. */
async function run(settings: AgentSettings, log: Logger): Promise<void> {
  const ended = Promise.withResolvers<string>();
  const quit = (): void => ended.resolve('asked to over HTTP');
  const sidecar = new Sidecar({ settings, proxy: await makeProxy(settings, log, quit), log, quit });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      ended.resolve(signal);
      process.once(signal, () => process.exit(1));
    });
  }
  process.once('uncaughtException', (error) => {
    log.error('ending: an exception that belongs to no request', { stack: error.stack ?? describeError(error) });
    process.exit(1);
  });
  try {
    await sidecar.start();
    log.info('started', { role: settings.role, pod: `${settings.namespace}/${settings.podName}` });
    setTimeout(dropStartGarbage, startGarbageMs).unref();
    log.info('ending', { why: await ended.promise });
  } finally {
    await sidecar.close();
  }
}

/** By then the first configuration is there, and what start and decoding left behind. */
const startGarbageMs = 500;

/** A start leaves 5 MB of garbage, for which V8 in a process that then does little would not come for hours. Needs --expose-gc. */
function dropStartGarbage(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** The code of the one that is not asked for is not even loaded. */
async function makeProxy(settings: AgentSettings, log: Logger, quit: () => void): Promise<WorkloadProxy> {
  if (settings.proxy === 'envoy') return new EnvoyProxy(settings, log.child('envoy'));
  const { EmbeddedProxy } = await import('../proxy/embedded-proxy.ts');
  return new EmbeddedProxy({
    node: proxyIdentity(settings),
    xdsAddress: settings.xdsAddress,
    dataFolder: settings.dataFolder,
    drainScope: settings.role === 'sidecar' ? 'inbound' : 'all',
    drainMs: settings.drainMs,
    ports: { admin: agentPorts.admin, metrics: agentPorts.envoyMetrics },
    logLevel: settings.logLevel,
    keepsStat,
    quit,
  });
}

/** Runs until the sidecar ends. Gives the exit code; throws MeshError when it cannot start. */
export async function runSidecar(args: readonly string[]): Promise<number> {
  const invocation = readInvocation(args);
  if (invocation === undefined) {
    process.stdout.write(usage);
    return args.includes('--help') || args.includes('-h') ? 0 : 2;
  }
  const { settings, printBootstrap } = invocation;
  if (printBootstrap) {
    process.stdout.write(`${JSON.stringify(bootstrap(settings, agentPorts), null, 2)}\n`);
    return 0;
  }
  await run(settings, createLogger({ scope: 'agent', level: parseLogLevel(settings.logLevel) ?? 'warn' }));
  return 0;
}
