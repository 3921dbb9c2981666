// Reads Envoy's `node` into a ProxyNode: the identity that a stream's first request carries, in Istio's id form.
import { isIP } from 'node:net';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { MeshError } from '../../lib/mesh-error.ts';
import type { ProxyNode } from '../proxy-resources.ts';

/** Who speaks on the stream: the proxy itself, or the agent beside it (which only wants the name table). */
export type StreamRole = 'proxy' | 'agent';

function refuse(message: string): never {
  throw new MeshError('bad-node', message);
}

function text(metadata: JsonObject, key: string): string | undefined {
  const value = metadata[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function stringMap(value: JsonValue | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return result;
  for (const [key, entry] of Object.entries(value)) if (typeof entry === 'string') result[key] = entry;
  return result;
}

/** `INSTANCE_IPS` (all of the workload's addresses) wins over the single one in the id, as in Istio. */
function addressesOf(metadata: JsonObject, address: string): string[] {
  const listed = (text(metadata, 'INSTANCE_IPS') ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => isIP(entry) !== 0);
  if (listed.length > 0) return listed;
  return isIP(address) === 0 ? [] : [address];
}

/**
 * `sidecar~IP~NAME.NAMESPACE~NAMESPACE.svc.cluster.local`, or `router~...`. Throws MeshError `bad-node` with a sentence
 * for the operator of the proxy.
 */
export function parseProxyNode(id: string, metadata: JsonObject): ProxyNode {
  const form = 'TYPE~IP~NAME.NAMESPACE~DNSDOMAIN';
  const parts = id.split('~');
  const [type = '', address = '', name = '', dnsDomain = ''] = parts;
  if (parts.length !== 4) refuse(`node id "${id}" must have four parts, ${form}`);
  if (type !== 'sidecar' && type !== 'router') {
    refuse(`node id "${id}": type "${type}" is not one that Heddle serves (sidecar, router)`);
  }
  const addresses = addressesOf(metadata, address);
  if (addresses.length === 0) refuse(`node id "${id}" has no IP address, and neither has metadata INSTANCE_IPS`);
  const dot = name.lastIndexOf('.');
  const namespace = text(metadata, 'NAMESPACE') ?? (dot > 0 ? name.slice(dot + 1) : '');
  if (namespace === '') refuse(`node id "${id}" has no namespace: want ${form}, or metadata NAMESPACE`);
  return {
    id,
    type,
    addresses,
    name: text(metadata, 'NAME') ?? (dot > 0 ? name.slice(0, dot) : name),
    namespace,
    labels: stringMap(metadata['LABELS']),
    serviceAccount: text(metadata, 'SERVICE_ACCOUNT') ?? '',
    dnsDomain,
    metadata,
  };
}

export function streamRole(node: ProxyNode): StreamRole {
  return node.metadata['HEDDLE_ROLE'] === 'agent' ? 'agent' : 'proxy';
}
