// Every kind of bootstrap that the agent writes is one that a real Envoy takes, with not a word of complaint.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { envoyPath } from '../../scripts/envoy-peer.ts';
import { agentPorts } from '../../src/agent/agent-ports.ts';
import { readAgentSettings } from '../../src/agent/agent-settings.ts';
import { bootstrap } from '../../src/agent/bootstrap.ts';
import { envoyArguments } from '../../src/agent/envoy-arguments.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-bootstrap-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const labels = 'app="y"\nversion="1.10"\nodd="\\"quotes\\" and: colons"\n';

for (const [role, xds, proxyConfig] of [
  ['sidecar', 'unix:/run/heddle/xds.sock', '{}'],
  ['router', 'unix:///run/heddle/xds.sock', '{"concurrency":0}'],
  ['sidecar', 'istiod.istio-system.svc:15010', '{"runtimeValues":{"a.b":"1"},"drainDuration":"1s"}'],
  ['sidecar', '[::1]:15010', '{"concurrency":3}'],
] as const) {
  test(`${role}, xDS at ${xds}, ${proxyConfig}`, () => {
    const env = {
      POD_NAME: 'y',
      POD_NAMESPACE: 'no',
      INSTANCE_IP: '10.0.0.1',
      HEDDLE_XDS: xds,
      HEDDLE_ENVOY: envoyPath(),
      PROXY_CONFIG: proxyConfig,
    };
    const settings = readAgentSettings(role, env, (path) => (path.endsWith('labels') ? labels : undefined));
    const file = join(folder, 'bootstrap.json');
    writeFileSync(file, JSON.stringify(bootstrap(settings, agentPorts)));
    const result = spawnSync(envoyPath(), ['--mode', 'validate', ...envoyArguments(settings, file)], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.stderr, '');
  });
}
