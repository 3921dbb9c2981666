// A real Envoy takes every listener and cluster that Pilot prints from random models: a pushed resource is never refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DescMessage, type JsonObject, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { envoyPath } from '../../scripts/envoy-peer.ts';
import type { Printer } from '../../src/pilot/print-cache.ts';
import { clusterPrinter, clusterSlices } from '../../src/pilot/xds/cluster.ts';
import { listenerPrinter, listenerSlices } from '../../src/pilot/xds/listener.ts';
import { viewOf } from '../kit/model-builder.ts';
import { randomModel, randomProxies } from '../kit/random-model.ts';
import { xdsRegistry } from '../kit/xds-registry.ts';

const models = 400;
/** Fixed, so that a failure can be looked at again. */
const seed = 20_260_101;

function print<Slice, Desc extends DescMessage>(printer: Printer<Slice, Desc>, slice: Slice): JsonObject {
  return toJson(printer.schema, printer.print(slice), { registry: xdsRegistry, useProtoFieldName: true }) as JsonObject;
}

/** All different ones, by their text. */
function printed(): { readonly listeners: JsonObject[]; readonly clusters: JsonObject[] } {
  const listeners = new Map<string, JsonObject>();
  const clusters = new Map<string, JsonObject>();
  for (const model of fc.sample(randomModel, { numRuns: models, seed })) {
    for (const proxy of randomProxies) {
      const view = viewOf(model, proxy);
      for (const slice of listenerSlices(view)) add(listeners, print(listenerPrinter, slice));
      for (const slice of clusterSlices(view)) add(clusters, print(clusterPrinter, slice));
    }
  }
  return { listeners: [...listeners.values()].map(apart), clusters: [...clusters.values()].map(renamed) };
}

function add(all: Map<string, JsonObject>, json: JsonObject): void {
  all.set(JSON.stringify(json), json);
}

/** In one configuration every listener needs a name and an address of its own. */
function apart(listener: JsonObject, index: number): JsonObject {
  const address = { address: `127.1.${index >> 8}.${index & 255}`, port_value: 20_000 };
  return { ...listener, name: `listener ${index}`, address: { socket_address: address }, bind_to_port: false };
}

function renamed(cluster: JsonObject, index: number): JsonObject {
  const name = `cluster ${index}`;
  const { load_assignment: assignment } = cluster;
  if (assignment === undefined) return { ...cluster, name };
  return { ...cluster, name, load_assignment: { ...(assignment as JsonObject), cluster_name: name } };
}

const http2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  },
};

/** ADS is named, for what comes over it, and never asked. */
function bootstrap(listeners: readonly JsonObject[], clusters: readonly JsonObject[]): JsonObject {
  const ads = { name: 'xds', type: 'STATIC', typed_extension_protocol_options: http2 };
  const services = [{ envoy_grpc: { cluster_name: 'xds' } }];
  return {
    node: { id: 'test', cluster: 'test' },
    dynamic_resources: {
      ads_config: { api_type: 'DELTA_GRPC', transport_api_version: 'V3', grpc_services: services },
    },
    static_resources: { listeners: [...listeners], clusters: [...clusters, ads] },
  };
}

/** What Envoy says against it; empty if it takes it. */
function refusal(folder: string, config: JsonObject): string {
  const file = join(folder, 'envoy.json');
  writeFileSync(file, JSON.stringify(config));
  const binary = existsSync(envoyPath()) ? envoyPath() : 'envoy';
  const args = ['--mode', 'validate', '--config-path', file, '--use-dynamic-base-id', '--log-level', 'error'];
  try {
    execFileSync(binary, args, { stdio: 'pipe' });
    return '';
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  }
}

test(`Envoy takes all listeners and clusters of ${models} random models`, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-envoy-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { listeners, clusters } = printed();
  t.diagnostic(`${listeners.length} listeners, ${clusters.length} clusters, seed ${seed}`);
  assert.ok(listeners.length > 500 && clusters.length > 200, 'too few different ones to mean something');
  assert.equal(refusal(folder, bootstrap(listeners, clusters)), '');
  const broken = { ...listeners[0], listener_filters: [{ name: 'nonsense' }] };
  assert.match(refusal(folder, bootstrap([broken], [])), /nonsense/, 'a refusal would be noticed');
});
