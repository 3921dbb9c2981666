// The control plane: sources into Galley's ConfigSet, its model into Pilot, Pilot's resources to the proxies. Wiring only.
import { Command, Option } from 'commander';
import { readMeshConfigFile } from '../galley/mesh-config-file.ts';
import { ConfigSet } from '../galley/config-set.ts';
import { readClusterAccess } from '../galley/sources/cluster-access.ts';
import { FilesSource } from '../galley/sources/files.ts';
import { KubernetesSource } from '../galley/sources/kubernetes.ts';
import type { ConfigSource } from '../galley/sources/source.ts';
import { formatIssue, type Issue } from '../lib/issue.ts';
import { describeError, MeshError } from '../lib/mesh-error.ts';
import { parseSocketAddress, type SocketAddress } from '../lib/socket-address.ts';
import { AdsServer } from '../pilot/ads/ads-server.ts';
import type { AdsEvent } from '../pilot/ads/ads-status.ts';
import { createGenerator } from '../pilot/generate-resources.ts';
import { serveMonitoring } from '../pilot/monitoring.ts';
import { PrintCache } from '../pilot/print-cache.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';

export interface ControlPlaneOptions {
  readonly kubeconfig?: string;
  readonly files?: readonly string[];
  readonly meshConfig?: string;
  readonly xdsSocket?: string;
  readonly xdsAddress?: string;
  readonly monitoring: string;
  readonly output: 'text' | 'json';
}

interface Source extends ConfigSource {
  whenSeen?(resourceVersion: number, signal: AbortSignal): Promise<void>;
}

export function controlPlaneCommand(): Command {
  return new Command('control-plane')
    .description('Run the control plane: Galley and Pilot. `heddle up` does this by itself.')
    .option('--kubeconfig <file>', 'follow the Kubernetes API that this file names')
    .option('--files <path...>', 'follow manifests in files and folders')
    .option('--mesh-config <file>', "mesh settings, in Istio's MeshConfig form")
    .option('--xds-socket <path>', 'serve xDS on a Unix socket (group 1337)')
    .option('--xds-address <host:port>', 'serve xDS in plaintext on an address, such as 127.0.0.1:15010')
    .addOption(new Option('--monitoring <where>', 'host:port or socket path').default('127.0.0.1:15014'))
    .addOption(new Option('-o, --output <form>', 'form of the log').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExample:\n  heddle control-plane --files mesh/ --xds-address 127.0.0.1:15010')
    .action((options: ControlPlaneOptions) => runControlPlane(options));
}

/** Runs until SIGTERM or SIGINT. Proxies keep what they have when it ends. */
export async function runControlPlane(options: ControlPlaneOptions): Promise<void> {
  const log = createLogger({ scope: 'control-plane', format: options.output });
  const warn = (issue: Issue): void => log.warn(formatIssue(issue));
  const settings = options.meshConfig === undefined ? undefined : await readMeshConfigFile(options.meshConfig, warn);
  const config = new ConfigSet(settings === undefined ? {} : { settings });
  const source = openSource(options, config);
  // A proxy that connected earlier would be told to forget all it has.
  await source.synced;

  const cache = new PrintCache();
  let generate = createGenerator(config.flush(), cache);
  const ads = new AdsServer({ generate: (proxy) => generate(proxy), report: (event) => logEvent(log, event) });
  const tellIssues = issueLog(log, config, source);
  config.onChange((model) => {
    generate = createGenerator(model, cache);
    ads.push();
  });
  config.onIssues(tellIssues);
  tellIssues();
  if (options.xdsSocket !== undefined) log.info('xDS listens', { on: await ads.listen({ path: options.xdsSocket }) });
  if (options.xdsAddress !== undefined)
    log.info('xDS listens', { on: await ads.listen(hostAndPort(options.xdsAddress)) });
  const monitoring = await serveMonitoring(
    {
      ads,
      ready: () => true,
      generation: () => config.model.generation,
      issues: () => [...source.issues(), ...config.issues()].map(formatIssue),
      caughtUp: async (resourceVersion, signal) => {
        await source.whenSeen?.(resourceVersion, signal);
        config.flush();
      },
    },
    monitoringAddress(options.monitoring),
  );
  log.info('ready');

  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  monitoring.close();
  await source.close();
  config.close();
  await ads.close();
  process.exit(0);
}

function openSource(options: ControlPlaneOptions, config: ConfigSet): Source {
  if ((options.kubeconfig === undefined) === (options.files === undefined)) {
    throw new MeshError('usage', 'give either --kubeconfig FILE or --files PATH...');
  }
  if (options.kubeconfig !== undefined) {
    const sink = config.sink('kubernetes', { unknownFields: 'warning' });
    return new KubernetesSource({ access: readClusterAccess(options.kubeconfig), sink });
  }
  return new FilesSource({ paths: options.files ?? [], sink: config.sink('files') });
}

/** Logs each problem once when it appears, and once more when it is gone. */
function issueLog(log: Logger, config: ConfigSet, source: Source): () => void {
  let told = new Set<string>();
  return () => {
    const now = new Set([...source.issues(), ...config.issues()].map(formatIssue));
    for (const line of now) if (!told.has(line)) log.warn(line);
    for (const line of told) if (!now.has(line)) log.info(`resolved: ${line}`);
    told = now;
  };
}

function logEvent(log: Logger, event: AdsEvent): void {
  switch (event.kind) {
    case 'connected':
    case 'disconnected':
      return log.info(`${event.role} ${event.kind}`, { node: event.node.id });
    case 'nack':
      return log.error('a proxy refused an update', { node: event.node.id, type: event.type, message: event.message });
    case 'refused':
      return log.warn('a stream was refused', { peer: event.peer, message: event.message });
    case 'generate-failed':
      return log.error('printing failed', { node: event.node.id, error: describeError(event.error) });
  }
}

function hostAndPort(text: string): SocketAddress {
  const address = parseSocketAddress(text);
  if (address === undefined || 'path' in address) throw new MeshError('usage', `${text}: want HOST:PORT`);
  return address;
}

function monitoringAddress(text: string): SocketAddress {
  return text.includes('/') ? { path: text } : hostAndPort(text);
}
