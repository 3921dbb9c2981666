// What the evaluator refuses a real Envoy refuses too, but for what is marked; and it takes what stands around those parts.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { JsonObject } from '@bufbuild/protobuf';
import { parse } from 'yaml';
import { envoyPath } from '../../scripts/envoy-peer.ts';
import { resourceOf, staticResources, type XdsCase } from '../kit/xds-case.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-refused-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = new URL('../../src/decide/config/testdata/refused.yaml', import.meta.url);
const cases = parse(readFileSync(file, 'utf8')) as XdsCase[];

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

/** Envoy's problem with the resources; empty if it takes them. */
async function validate(name: string, resources: JsonObject): Promise<string> {
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.json`);
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
  const child = spawn(envoy, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return code === 0 ? '' : output || `exit code ${code}`;
}

test('what stands around the parts is taken', async () => {
  const parts: XdsCase[] = [
    { name: 'manager', in: 'manager', value: {}, at: '', code: '' },
    { name: 'cluster', in: 'cluster', value: {}, at: '', code: '' },
    { name: 'endpoints', in: 'endpoints', value: {}, at: '', code: '' },
    { name: 'listener', in: 'listener', value: {}, at: '', code: '' },
  ];
  for (const part of parts) assert.equal(await validate(part.name, staticResources(resourceOf(part))), '', part.name);
});

for (const each of cases) {
  if (each.envoy === 'untried') continue;
  test(each.name, async (context) => {
    const problem = await validate(each.name, staticResources(resourceOf(each)));
    context.diagnostic(problem.trim().split('\n').at(-1) ?? '');
    assert.equal(problem !== '', each.envoy !== 'takes', problem);
  });
}
