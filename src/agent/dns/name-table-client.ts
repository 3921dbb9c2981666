// Receives the mesh's names over a delta ADS stream of the agent's own, and keeps the last good ones in memory.
import { create, fromBinary, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { Backoff } from '../../lib/backoff.ts';
import { GrpcStream } from '../../lib/grpc-stream.ts';
import { describeError } from '../../lib/mesh-error.ts';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '../../proto/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { NameTableSchema } from '../../proto/gen/nds_pb.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ProxyIdentity } from '../proxy-identity.ts';
import type { NamedHost } from './lookup-table.ts';

const typeUrl = 'type.googleapis.com/istio.networking.nds.v1.NameTable';
const method = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
const invalidArgument = 3;

type Request = MessageInitShape<typeof DeltaDiscoveryRequestSchema>;
type Hosts = Readonly<Record<string, NamedHost>>;
type Response = MessageShape<typeof DeltaDiscoveryResponseSchema>;

export interface NameTableClientOptions {
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  readonly identity: ProxyIdentity;
  readonly log: Logger;
  /** All names, at the first answer and after each change. */
  readonly onTable: (hosts: ReadonlyMap<string, NamedHost>) => void;
  readonly backoff?: Backoff;
}

/** Tables come as resources, in practice one; the mesh's names are all of them together. */
interface Held {
  readonly version: string;
  readonly hosts: Hosts;
}

export class NameTableClient {
  readonly #options: NameTableClientOptions;
  readonly #backoff: Backoff;
  readonly #held = new Map<string, Held>();
  #stream: GrpcStream | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: NameTableClientOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff({ firstMs: 100, maxMs: 2000 });
  }

  start(): void {
    const stream = new GrpcStream({
      address: this.#options.address,
      method,
      onMessage: (bytes) => this.#onResponse(bytes),
      onEnd: (why) => this.#onEnd(why),
    });
    this.#stream = stream;
    const { id, cluster, metadata } = this.#options.identity;
    this.#send({
      node: { id, cluster, metadata: toStruct({ ...metadata, HEDDLE_ROLE: 'agent' }) },
      typeUrl,
      initialResourceVersions: Object.fromEntries([...this.#held].map(([name, { version }]) => [name, version])),
    });
  }

  #send(request: Request): void {
    this.#stream?.write(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, request)));
  }

  #onResponse(bytes: Buffer): void {
    this.#backoff.reset();
    let nonce = '';
    try {
      const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
      nonce = response.nonce;
      this.#take(response);
    } catch (error) {
      // What was good before stays in force; the control plane learns what was wrong.
      const message = describeError(error);
      this.#options.log.error('name table refused', { error: message });
      this.#send({ typeUrl, responseNonce: nonce, errorDetail: { code: invalidArgument, message } });
      return;
    }
    this.#send({ typeUrl, responseNonce: nonce });
    this.#options.onTable(this.#allHosts());
  }

  /** All of a response or, when a part cannot be read, nothing of it. */
  #take(response: Response): void {
    const received = response.resources.map(({ name, version, resource }) => {
      const hosts: Hosts = fromBinary(NameTableSchema, resource?.value ?? new Uint8Array()).table;
      return [name, { version, hosts }] as const;
    });
    for (const [name, held] of received) this.#held.set(name, held);
    for (const name of response.removedResources) this.#held.delete(name);
  }

  #allHosts(): ReadonlyMap<string, NamedHost> {
    return new Map([...this.#held.values()].flatMap(({ hosts }) => Object.entries(hosts)));
  }

  #onEnd(why: string): void {
    this.#stream = undefined;
    const waitMs = this.#backoff.nextMs();
    this.#options.log.info('stream ended, will be opened again', { why, waitMs });
    this.#retry = setTimeout(() => this.start(), waitMs);
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#stream?.close();
  }
}

/** Plain JSON of what may hold more than JSON can: undefined fields disappear. */
function toStruct(metadata: Readonly<Record<string, unknown>>): Record<string, never> {
  return JSON.parse(JSON.stringify(metadata)) as Record<string, never>;
}
