// A real Envoy with nothing but ADS over a Unix socket, for tests of the xDS server: start, ask its admin, end.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyPath } from '../../scripts/envoy-peer.ts';
import type { Protocol } from './ads-client.ts';

export interface EnvoyOptions {
  readonly protocol: Protocol;
  /** Path of the xDS socket. */
  readonly xdsSocket: string;
  readonly nodeId: string;
  /** Further command line arguments. */
  readonly args?: readonly string[];
}

function bootstrap(options: EnvoyOptions): unknown {
  const source = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
  const http2 = {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  };
  const backOff = { base_interval: '0.05s', max_interval: '0.2s' };
  return {
    node: { id: options.nodeId, cluster: 'test' },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
    dynamic_resources: {
      cds_config: source,
      lds_config: source,
      ads_config: {
        api_type: options.protocol === 'delta' ? 'DELTA_GRPC' : 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds', retry_policy: { retry_back_off: backOff } } }],
      },
    },
    static_resources: {
      clusters: [
        {
          name: 'xds',
          type: 'STATIC',
          typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2 },
          load_assignment: {
            cluster_name: 'xds',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: options.xdsSocket } } } }] }],
          },
        },
      ],
    },
  };
}

export class EnvoyProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #log = '';

  constructor(options: EnvoyOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), 'heddle-envoy-'));
    const path = existsSync(envoyPath()) ? envoyPath() : 'envoy';
    const args = ['--config-yaml', JSON.stringify(bootstrap(options)), '--use-dynamic-base-id', '--concurrency', '1'];
    const more = options.args ?? [];
    this.#child = spawn(path, [...args, '--admin-address-path', this.#adminFile, '-l', 'info', ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  get log(): string {
    return this.#log;
  }

  get #adminFile(): string {
    return join(this.#folder, 'admin');
  }

  async admin(path: string): Promise<string> {
    const address = readFileSync(this.#adminFile, 'utf8');
    return (await fetch(`http://${address}${path}`)).text();
  }

  /** Waits until Envoy has its listeners and clusters. */
  async ready(timeoutMs = 10_000): Promise<void> {
    await this.eventually('Envoy is ready', timeoutMs, async () => (await this.admin('/ready')).startsWith('LIVE'));
  }

  async eventually(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const ok = await holds().catch(() => false);
      if (ok) return;
      if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}\n${this.#log.slice(-3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Statistics whose name matches, e.g. `update_rejected`. */
  async stats(filter: string): Promise<Map<string, number>> {
    const text = await this.admin(`/stats?filter=${encodeURIComponent(filter)}`);
    const pairs = text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(': '));
    return new Map(pairs.map(([name = '', value]) => [name, Number(value)]));
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
