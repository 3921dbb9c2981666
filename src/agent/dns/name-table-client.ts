// Receives the mesh's names over a delta ADS stream of the agent's own, and keeps the last good ones in memory.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Client, type ClientDuplexStream, credentials, logVerbosity, Metadata, setLogVerbosity } from '@grpc/grpc-js';
import { Backoff } from '../../lib/backoff.ts';
import { describeError } from '../../lib/mesh-error.ts';
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
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
type AdsStream = ClientDuplexStream<Request, DeltaDiscoveryResponse>;

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
  readonly #client: Client;
  readonly #backoff: Backoff;
  readonly #held = new Map<string, Held>();
  #stream: AdsStream | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: NameTableClientOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff({ firstMs: 100, maxMs: 2000 });
    // What gRPC would print on standard error, our log has.
    setLogVerbosity(logVerbosity.NONE);
    this.#client = new Client(options.address, credentials.createInsecure(), {
      // The stream has its own back-off; the channel must not add a longer one.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.max_receive_message_length': 64 << 20,
      'grpc.enable_http_proxy': 0,
    });
  }

  start(): void {
    if (this.#closed) return;
    const stream: AdsStream = this.#client.makeBidiStreamRequest(
      method,
      (request: Request) =>
        Buffer.from(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, request))),
      (bytes: Buffer) => fromBinary(DeltaDiscoveryResponseSchema, bytes),
      new Metadata({ waitForReady: true }),
    );
    this.#stream = stream;
    stream.on('data', (response: DeltaDiscoveryResponse) => this.#onResponse(stream, response));
    stream.once('end', () => this.#onEnd(stream, 'ended by the control plane'));
    stream.on('error', (error) => this.#onEnd(stream, error.message));
    const { id, cluster, metadata } = this.#options.identity;
    stream.write({
      node: { id, cluster, metadata: toStruct({ ...metadata, HEDDLE_ROLE: 'agent' }) },
      typeUrl,
      initialResourceVersions: Object.fromEntries([...this.#held].map(([name, { version }]) => [name, version])),
    });
  }

  #onResponse(stream: AdsStream, response: DeltaDiscoveryResponse): void {
    this.#backoff.reset();
    const answer = { typeUrl, responseNonce: response.nonce };
    try {
      this.#take(response);
    } catch (error) {
      // What was good before stays in force; the control plane learns what was wrong.
      const message = describeError(error);
      this.#options.log.error('name table refused', { error: message });
      stream.write({ ...answer, errorDetail: { code: invalidArgument, message } });
      return;
    }
    stream.write(answer);
    this.#options.onTable(this.#allHosts());
  }

  /** All of a response or, when a part cannot be read, nothing of it. */
  #take(response: DeltaDiscoveryResponse): void {
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

  #onEnd(stream: AdsStream, why: string): void {
    if (this.#closed || this.#stream !== stream) return;
    this.#stream = undefined;
    const waitMs = this.#backoff.nextMs();
    this.#options.log.info('stream ended, will be opened again', { why, waitMs });
    this.#retry = setTimeout(() => this.start(), waitMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#stream?.cancel();
    this.#client.close();
  }
}

/** Plain JSON of what may hold more than JSON can: undefined fields disappear. */
function toStruct(metadata: Readonly<Record<string, unknown>>): Record<string, never> {
  return JSON.parse(JSON.stringify(metadata)) as Record<string, never>;
}
