// Everything beside the proxy of one workload, put together: names, Envoy, health. One start, one end.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Logger } from '../telemetry/logger.ts';
import { agentPorts } from './agent-ports.ts';
import type { AgentSettings } from './agent-settings.ts';
import { probeApp } from './app-probes.ts';
import { bootstrap } from './bootstrap.ts';
import { DnsProxy } from './dns/dns-proxy.ts';
import { drainEnvoy } from './drain-envoy.ts';
import { EnvoyAdmin } from './envoy-admin.ts';
import { envoyArguments } from './envoy-arguments.ts';
import { type EnvoyOutput, envoyOutput } from './envoy-output.ts';
import { EnvoyProcess } from './envoy-process.ts';
import { HealthServer, type HealthServerOptions } from './health-server.ts';
import { proxyIdentity } from './proxy-identity.ts';

/** Long enough for a connection that was on its way, too short to be noticed when a mesh is taken down. */
const minDrainMs = 500;
const drainPollMs = 100;

export class Sidecar {
  readonly #settings: AgentSettings;
  readonly #log: Logger;
  readonly #admin = new EnvoyAdmin(agentPorts.admin);
  readonly #health: HealthServer;
  #dns: DnsProxy | undefined;
  #output: EnvoyOutput | undefined;
  #envoy: EnvoyProcess | undefined;
  #closing: Promise<void> | undefined;

  /** `quit` is called when somebody in the pod asks for the end; the owner then calls `close`. */
  constructor(settings: AgentSettings, log: Logger, quit: () => void) {
    this.#settings = settings;
    this.#log = log;
    this.#health = new HealthServer({
      notReady: () => this.#notReady(),
      metrics: () => this.#admin.metrics(),
      quit,
      appProbes: appProbes(settings),
      log: log.child('health'),
    });
  }

  /** Resolves once everything has been started; readiness comes later and is asked for on 15021. */
  async start(): Promise<void> {
    await Promise.all([
      this.#startDns(),
      this.#health.listen(agentPorts.health, 'health'),
      this.#health.listen(agentPorts.metrics, 'all'),
      this.#startEnvoy(),
    ]);
  }

  async #startDns(): Promise<void> {
    const { captureDns, namespace, clusterDomain, dataFolder, xdsAddress } = this.#settings;
    if (!captureDns) return;
    this.#dns = new DnsProxy({
      port: agentPorts.dns,
      namespace,
      domain: `svc.${clusterDomain}`,
      resolvConf: await readFile('/etc/resolv.conf', 'utf8').catch(() => ''),
      dataFolder,
      xdsAddress,
      identity: proxyIdentity(this.#settings),
      log: this.#log.child('dns'),
    });
    await this.#dns.start();
  }

  async #startEnvoy(): Promise<void> {
    const { configFolder, envoyPath } = this.#settings;
    await mkdir(configFolder, { recursive: true });
    const file = `${configFolder}/envoy-bootstrap.json`;
    await writeFile(file, JSON.stringify(bootstrap(this.#settings, agentPorts), null, 2));
    await this.#endOrphan();
    this.#output = await envoyOutput(configFolder);
    this.#envoy = new EnvoyProcess({
      binary: envoyPath,
      arguments: envoyArguments(this.#settings, file),
      stdio: ['ignore', this.#output.stdout, 'inherit'],
      log: this.#log.child('envoy'),
    });
    if (this.#closing === undefined) this.#envoy.start();
  }

  /** An agent that was killed leaves its Envoy behind, which still serves and still holds the ports. */
  async #endOrphan(): Promise<void> {
    const found = await this.#admin.quit().then(
      () => true,
      () => false,
    );
    if (!found) return;
    this.#log.warn('found an Envoy that an earlier agent left; it was told to end');
    await this.#admin.gone(2000);
  }

  async #notReady(): Promise<string> {
    if (this.#closing !== undefined) return 'draining';
    if (this.#dns !== undefined && !this.#dns.ready) return 'no names have been received';
    if (this.#envoy?.pid === undefined) return 'Envoy is not running';
    return (await this.#admin.status()).reason;
  }

  /** Drains the proxy, then ends all. A second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const { role, terminationDrainMs } = this.#settings;
    if (this.#envoy?.pid !== undefined && terminationDrainMs > 0) {
      await drainEnvoy(this.#admin, {
        scope: role === 'sidecar' ? 'inbound' : 'all',
        maxMs: terminationDrainMs,
        minMs: minDrainMs,
        pollMs: drainPollMs,
        log: this.#log.child('envoy'),
      });
    }
    await this.#envoy?.stop();
    this.#output?.close();
    await Promise.all([this.#dns?.close(), this.#health.close()]);
  }
}

function appProbes({ appProbes: probes, address }: AgentSettings): HealthServerOptions['appProbes'] {
  return new Map(
    Object.entries(probes).map(([path, probe]) => [path, ({ headers }) => probeApp(probe, address, headers)]),
  );
}
