// Asks a real Envoy what it thinks of resources, without serving them (`--mode validate`).
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@bufbuild/protobuf';
import { envoyPath } from '../../scripts/envoy-peer.ts';

const grpc: JsonObject = { envoy_grpc: { cluster_name: 'xds' } };
const xds: JsonObject = {
  name: 'xds',
  type: 'STATIC',
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
  load_assignment: { cluster_name: 'xds' },
};

export class EnvoyValidator {
  readonly #folder = mkdtempSync(join(tmpdir(), 'heddle-validate-'));

  /** Envoy's problem with a bootstrap's `static_resources`; empty if it takes them. */
  async problemWith(resources: JsonObject): Promise<string> {
    const path = join(this.#folder, 'bootstrap.json');
    const clusters = [...((resources['clusters'] ?? []) as JsonObject[]), xds];
    const ads = { api_type: 'DELTA_GRPC', transport_api_version: 'V3', grpc_services: [grpc] };
    const bootstrap = {
      node: { id: 'test', cluster: 'test' },
      dynamic_resources: { ads_config: ads },
      static_resources: { ...resources, clusters },
    };
    writeFileSync(path, JSON.stringify(bootstrap));
    const envoy = existsSync(envoyPath()) ? envoyPath() : 'envoy';
    const args = ['--mode', 'validate', '-c', path, '--use-dynamic-base-id', '--concurrency', '1', '-l', 'error'];
    // It opens log files, by mutated names too: in that folder.
    const child = spawn(envoy, args, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return code === 0 ? '' : output || `exit code ${code}`;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
