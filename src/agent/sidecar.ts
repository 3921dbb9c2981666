// Everything beside the proxy of one workload, put together: names, the proxy's life, health. One start, one end.
import { readFile } from 'node:fs/promises';
import type { Logger } from '../telemetry/logger.ts';
import { agentPorts } from './agent-ports.ts';
import type { AgentSettings } from './agent-settings.ts';
import { probeApp } from './app-probes.ts';
import { DnsProxy } from './dns/dns-proxy.ts';
import { HealthServer, type HealthServerOptions } from './health-server.ts';
import { proxyIdentity } from './proxy-identity.ts';
import type { WorkloadProxy } from './workload-proxy.ts';

export interface SidecarParts {
  readonly settings: AgentSettings;
  readonly proxy: WorkloadProxy;
  readonly log: Logger;
  /** Somebody in the pod asks for the end; the owner then calls `close`. */
  readonly quit: () => void;
}

export class Sidecar {
  readonly #settings: AgentSettings;
  readonly #log: Logger;
  readonly #proxy: WorkloadProxy;
  readonly #health: HealthServer;
  #dns: DnsProxy | undefined;
  #closing: Promise<void> | undefined;

  constructor({ settings, proxy, log, quit }: SidecarParts) {
    this.#settings = settings;
    this.#proxy = proxy;
    this.#log = log;
    this.#health = new HealthServer({
      notReady: () => this.#notReady(),
      metrics: () => this.#proxy.metrics(),
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
      this.#proxy.start(),
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

  async #notReady(): Promise<string> {
    if (this.#closing !== undefined) return 'draining';
    if (this.#dns !== undefined && !this.#dns.ready) return 'no names have been received';
    return this.#proxy.notReady();
  }

  /** Drains the proxy, then ends all. A second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await this.#proxy.drain(this.#settings.terminationDrainMs);
    await this.#proxy.stop();
    await Promise.all([this.#dns?.close(), this.#health.close()]);
  }
}

function appProbes({ appProbes: probes, address }: AgentSettings): HealthServerOptions['appProbes'] {
  return new Map(
    Object.entries(probes).map(([path, probe]) => [path, ({ headers }) => probeApp(probe, address, headers)]),
  );
}
