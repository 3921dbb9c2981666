// Goldens of printed route configurations. Each manifest's first line names the proxy and the routes: `# shop/frontend: 80 9080`.
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { createRegistry, toJson } from '@bufbuild/protobuf';
import { modelFromYaml, proxyNode } from '../../../test/kit/model-from-yaml.ts';
import { RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import { CorsPolicySchema } from '../../proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { HTTPFaultSchema } from '../../proto/gen/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { PreviousHostsPredicateSchema } from '../../proto/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.ts';
import { createViews } from '../proxy-view.ts';
import { routePrinter, routeSlices } from './route.ts';

const folder = resolve(import.meta.dirname, 'testdata/route');
const registry = createRegistry(CorsPolicySchema, HTTPFaultSchema, PreviousHostsPredicateSchema);

function printed(manifest: string): unknown[] {
  const text = readFileSync(manifest, 'utf8');
  const [, namespace = '', app = '', names = ''] = /^# ([\w-]+)\/([\w-]+): (.*)$/m.exec(text) ?? [];
  const router = app.includes('gateway');
  const labels = { app, ...(router && { istio: app }) };
  const node = proxyNode({ name: app, namespace, labels, type: router ? 'router' : 'sidecar' });
  const slices = routeSlices(createViews(modelFromYaml(text))(node));
  return names.split(' ').map((wanted) => {
    const slice = slices.find(({ name }) => name === wanted);
    assert.ok(slice, `no route configuration ${wanted} among ${slices.map(({ name }) => name).join(', ')}`);
    return toJson(RouteConfigurationSchema, routePrinter.print(slice), { registry, useProtoFieldName: true });
  });
}

for (const manifest of globSync(`${folder}/*.yaml`)) {
  test(`routes of ${manifest.slice(folder.length + 1)}`, () => {
    const golden = manifest.replace('.yaml', '.golden.json');
    const text = `${JSON.stringify(printed(manifest), undefined, 1)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
  });
}
