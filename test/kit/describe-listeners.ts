// Listeners in few words: found by name, and each chain in a line that says what it matches and where it goes.
import assert from 'node:assert/strict';
import type { FilterChain, ListenerSlice } from '../../src/pilot/xds/listener/listener-slice.ts';
import { listenerSlices } from '../../src/pilot/xds/listener.ts';
import type { MeshModel } from '../../src/model/mesh-model.ts';
import { makeModel, pod, viewOf } from './model-builder.ts';

const frontend = pod('shop/frontend', '10.1.0.1', { app: 'frontend' });

/** Of the proxy beside a pod of the model, which always has `shop/frontend` (10.1.0.1). */
export function listenersOf(
  parts: Parameters<typeof makeModel>[0],
  key = 'shop/frontend',
  metadata = {},
): ListenerSlice[] {
  const model: MeshModel = makeModel({ ...parts, workloads: [frontend, ...(parts?.workloads ?? [])] });
  return listenerSlices(viewOf(model, key, metadata));
}

export function named(listeners: readonly ListenerSlice[], name: string): ListenerSlice {
  const found = listeners.find((listener) => listener.name === name);
  assert.ok(found, `no ${name} among ${listeners.map((listener) => listener.name).join(' ')}`);
  return found;
}

/** A chain in a line: what it matches, and where it goes. */
function describe({ match, filter }: FilterChain): string {
  const criteria = [
    match.destinationPort === undefined ? '' : `:${match.destinationPort}`,
    match.serverNames.join(),
    match.prefixRanges.join(),
    match.applicationProtocols.join(),
    match.transportProtocol,
  ].filter((part) => part !== '');
  const clusters = (): string =>
    filter.kind !== 'tcp'
      ? ''
      : filter.clusters.map(({ name, weight }) => (filter.clusters.length > 1 ? `${weight}*${name}` : name)).join(' ');
  const to =
    filter.kind === 'tcp'
      ? clusters()
      : filter.routes.kind === 'rds'
        ? `rds ${filter.routes.name}`
        : filter.routes.cluster;
  return `${criteria.join(' ') || 'any'} -> ${to}`;
}

export function chains(listener: ListenerSlice): string[] {
  const { defaultChain } = listener;
  return [...listener.chains.map(describe), ...(defaultChain === undefined ? [] : [`else ${describe(defaultChain)}`])];
}

/** Beginning of a chain that takes what looks like HTTP. */
export const http = 'http/1.1,h2c raw_buffer';
