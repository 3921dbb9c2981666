// A real Envoy as the workload's proxy: its bootstrap, its process, its admin endpoint.
import { mkdir, writeFile } from 'node:fs/promises';
import type { Logger } from '../telemetry/logger.ts';
import { agentPorts } from './agent-ports.ts';
import type { AgentSettings } from './agent-settings.ts';
import { bootstrap } from './bootstrap.ts';
import { drainEnvoy } from './drain-envoy.ts';
import { EnvoyAdmin } from './envoy-admin.ts';
import { envoyArguments } from './envoy-arguments.ts';
import { type EnvoyOutput, envoyOutput } from './envoy-output.ts';
import { EnvoyProcess } from './envoy-process.ts';
import type { WorkloadProxy } from './workload-proxy.ts';

/** Long enough for a connection that was on its way, too short to be noticed when a mesh is taken down. */
const minDrainMs = 500;
const drainPollMs = 100;

export class EnvoyProxy implements WorkloadProxy {
  readonly #settings: AgentSettings;
  readonly #log: Logger;
  readonly #admin = new EnvoyAdmin(agentPorts.admin);
  #output: EnvoyOutput | undefined;
  #envoy: EnvoyProcess | undefined;
  #stopped = false;

  constructor(settings: AgentSettings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
  }

  async start(): Promise<void> {
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
      log: this.#log,
    });
    if (!this.#stopped) this.#envoy.start();
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

  async notReady(): Promise<string> {
    if (this.#envoy?.pid === undefined) return 'Envoy is not running';
    return (await this.#admin.status()).reason;
  }

  metrics(): Promise<string> {
    return this.#admin.metrics();
  }

  async drain(maxMs: number): Promise<void> {
    if (this.#envoy?.pid === undefined || maxMs <= 0) return;
    await drainEnvoy(this.#admin, {
      scope: this.#settings.role === 'sidecar' ? 'inbound' : 'all',
      maxMs,
      minMs: minDrainMs,
      pollMs: drainPollMs,
      log: this.#log,
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#envoy?.stop();
    this.#output?.close();
  }
}
