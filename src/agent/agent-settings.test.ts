// What the agent reads from its environment, what it makes of a pod's labels, and what it says when something is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertGolden } from '../../test/kit/golden.ts';
import { agentPorts } from './agent-ports.ts';
import { type AgentSettings, type Environment, readAgentSettings } from './agent-settings.ts';
import { bootstrap } from './bootstrap.ts';
import { envoyArguments } from './envoy-arguments.ts';
import { parsePodInfo } from './pod-info.ts';

const env: Environment = {
  POD_NAME: 'reviews-v1-x',
  POD_NAMESPACE: 'shop',
  INSTANCE_IP: '10.244.0.7',
  SERVICE_ACCOUNT: 'reviews',
  HEDDLE_XDS: 'unix:/run/heddle/xds.sock',
  HEDDLE_ENVOY: '/run/heddle/bin/envoy',
  ISTIO_META_CLUSTER_ID: 'Kubernetes',
  ISTIO_META_DNS_CAPTURE: 'true',
  ISTIO_METAJSON_METADATA: '{"a":[1]}',
  PROXY_CONFIG: '{"concurrency":1,"drainDuration":"10s","terminationDrainDuration":"1m"}',
};
const files: Readonly<Record<string, string>> = {
  '/etc/istio/pod/labels': 'app="reviews"\nversion="v1"\n',
  '/etc/istio/pod/annotations': 'note="two\\nlines"\n',
};

function read(changes: Environment = {}, role = 'sidecar'): AgentSettings {
  return readAgentSettings(role, { ...env, ...changes }, (path) => files[path]);
}

test('the bootstrap is stable', () => {
  assertGolden(import.meta.url, 'bootstrap.json', `${JSON.stringify(bootstrap(read(), agentPorts), null, 2)}\n`);
});

test('durations and threads come from PROXY_CONFIG, with Istio’s defaults', () => {
  const given = read();
  assert.deepEqual([given.drainMs, given.terminationDrainMs], [10_000, 60_000]);
  const byDefault = read({ PROXY_CONFIG: undefined });
  assert.deepEqual([byDefault.drainMs, byDefault.terminationDrainMs], [45_000, 5000]);
  const flag = (settings: AgentSettings, name: string): string | undefined => {
    const list = envoyArguments(settings, 'file');
    return list.includes(name) ? list[list.indexOf(name) + 1] : undefined;
  };
  assert.equal(flag(given, '--concurrency'), '1');
  assert.equal(flag(byDefault, '--concurrency'), '2');
  assert.equal(flag(read({ PROXY_CONFIG: '{"concurrency":0}' }), '--concurrency'), undefined, 'one a core');
});

const wrong: readonly [changes: Environment, role: string, message: RegExp][] = [
  [{}, 'waypoint', /role `waypoint` must be sidecar or router/],
  [{ POD_NAME: '' }, 'sidecar', /POD_NAME is missing/],
  [{ HEDDLE_XDS: undefined }, 'sidecar', /HEDDLE_XDS is missing/],
  [{ INSTANCE_IP: 'here' }, 'sidecar', /INSTANCE_IP `here` must be/],
  [{ HEDDLE_PROXY: 'nginx' }, 'sidecar', /HEDDLE_PROXY `nginx` must be embedded or envoy/],
  [{ PROXY_CONFIG: '{' }, 'sidecar', /PROXY_CONFIG must be JSON/],
  [{ PROXY_CONFIG: '[]' }, 'sidecar', /PROXY_CONFIG must be a map/],
  [{ PROXY_CONFIG: '{"drainDuration":"soon"}' }, 'sidecar', /drainDuration `soon` must be a duration/],
  [{ HEDDLE_LOG_LEVEL: 'loud' }, 'sidecar', /log level `loud` must be one of/],
  [{ ISTIO_METAJSON_X: 'no' }, 'sidecar', /ISTIO_METAJSON_X must be JSON/],
];

for (const [changes, role, message] of wrong) {
  test(`refused: ${message.source}`, () => {
    assert.throws(() => read(changes, role), { code: 'agent-settings', message });
  });
}

test('labels and annotations are unquoted as Go quoted them', () => {
  assert.deepEqual(parsePodInfo('a="b"\nc="say \\"hi\\" \\\\ \\t\\u00e9\\U0001f600\\x41"\n\nbroken\nempty=""\n'), {
    a: 'b',
    c: 'say "hi" \\ \té😀A',
    empty: '',
  });
});
