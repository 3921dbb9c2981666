// Discovery messages on the wire: requests decoded by the generated code, responses written around already encoded resources.
import { fromBinary } from '@bufbuild/protobuf';
import {
  DeltaDiscoveryRequestSchema,
  DiscoveryRequestSchema,
} from '../../proto/gen/envoy/service/discovery/v3/discovery_pb.ts';
import type { ProxyNode } from '../proxy-resources.ts';
import { parseProxyNode } from './proxy-node.ts';
import type { Plan, Protocol, WatchRequest } from './watch.ts';

export interface DecodedRequest {
  readonly request: WatchRequest;
  /** Reads the node; only a stream's first request has one. Throws MeshError `bad-node`. */
  readonly node: (() => ProxyNode) | undefined;
}

const none: readonly string[] = [];

export function decodeRequest(protocol: Protocol, bytes: Uint8Array): DecodedRequest {
  const message =
    protocol === 'sotw' ? fromBinary(DiscoveryRequestSchema, bytes) : fromBinary(DeltaDiscoveryRequestSchema, bytes);
  const { node } = message;
  const delta = 'resourceNamesSubscribe' in message ? message : undefined;
  return {
    request: {
      typeUrl: message.typeUrl,
      nonce: message.responseNonce,
      error: message.errorDetail && (message.errorDetail.message || `code ${message.errorDetail.code}`),
      names: 'resourceNames' in message ? message.resourceNames : none,
      subscribe: delta?.resourceNamesSubscribe ?? none,
      unsubscribe: delta?.resourceNamesUnsubscribe ?? none,
      initialVersions: delta?.initialResourceVersions ?? {},
    },
    node: node && (() => parseProxyNode(node.id, node.metadata ?? {})),
  };
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes length-delimited fields (the only kind these messages need) to a buffer of a size that is known before. */
class FieldWriter {
  readonly buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  open(field: number, length: number): void {
    this.buffer[this.#at++] = (field << 3) | 2;
    let rest = length;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.buffer[this.#at++] = (rest % 128) | 128;
    this.buffer[this.#at++] = rest;
  }

  bytes(field: number, value: Uint8Array): void {
    this.open(field, value.length);
    this.buffer.set(value, this.#at);
    this.#at += value.length;
  }
}

function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

interface ResponseFields {
  readonly removed: number;
  /** Delta wraps each resource with its name and version; state of the world sends the bare Any. */
  readonly wrapped: boolean;
}

const fields: Readonly<Record<Protocol, ResponseFields>> = {
  sotw: { removed: 0, wrapped: false },
  delta: { removed: 6, wrapped: true },
};

/**
 * DiscoveryResponse or DeltaDiscoveryResponse. The resources' bytes are copied once, into the frame, never re-encoded.
 * Both messages number alike: version 1, resources 2, type_url 4, nonce 5; an Any is type_url 1, value 2; a delta
 * Resource is version 1, resource 2, name 3.
 */
export function encodeResponse(protocol: Protocol, typeUrl: string, plan: Plan, nonce: string): Buffer {
  const { wrapped, removed } = fields[protocol];
  const type = Buffer.from(typeUrl);
  const head = [
    { field: 1, value: Buffer.from(plan.version) },
    { field: 4, value: type },
    { field: 5, value: Buffer.from(nonce) },
    ...plan.removed.map((name) => ({ field: removed, value: Buffer.from(name) })),
  ];
  const entries = plan.resources.map((resource) => {
    const name = wrapped ? Buffer.from(resource.name) : type;
    const version = wrapped ? Buffer.from(resource.version) : type;
    const anySize = fieldSize(type.length) + fieldSize(resource.bytes.length);
    const size = wrapped ? fieldSize(version.length) + fieldSize(anySize) + fieldSize(name.length) : anySize;
    return { name, version, anySize, size, bytes: resource.bytes };
  });
  let total = 0;
  for (const { value } of head) total += fieldSize(value.length);
  for (const { size } of entries) total += fieldSize(size);
  const writer = new FieldWriter(total);
  for (const entry of entries) {
    writer.open(2, entry.size);
    if (wrapped) {
      writer.bytes(1, entry.version);
      writer.bytes(3, entry.name);
      writer.open(2, entry.anySize);
    }
    writer.bytes(1, type);
    writer.bytes(2, entry.bytes);
  }
  for (const { field, value } of head) writer.bytes(field, value);
  return writer.buffer;
}
