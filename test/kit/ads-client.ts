// A raw xDS client for tests: speaks both protocol variants over real gRPC, and answers as the test tells it to.
import { type ClientDuplexStream, Client, credentials, type StatusObject } from '@grpc/grpc-js';
import { create, fromBinary, type JsonObject, toBinary } from '@bufbuild/protobuf';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '../../src/proto/gen/envoy/service/discovery/v3/discovery_pb.ts';

export type Protocol = 'sotw' | 'delta';

/** A response of either variant, flattened. Resource names are known only in delta. */
export interface AdsResponse {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly version: string;
  readonly resources: readonly { name: string; version: string; typeUrl: string; value: Uint8Array }[];
  readonly removed: readonly string[];
}

export interface ClientNode {
  readonly id: string;
  readonly metadata: JsonObject;
}

/** What the client does with each response by itself. */
export type Answer = (response: AdsResponse) => 'ack' | 'silence' | { readonly nack: string };

export interface ClientOptions {
  readonly protocol: Protocol;
  /** `unix:PATH` or `HOST:PORT`. */
  readonly address: string;
  readonly node?: ClientNode | undefined;
  readonly answer?: Answer;
}

interface RequestInit {
  readonly typeUrl?: string;
  readonly responseNonce?: string;
  readonly errorDetail?: { readonly code: number; readonly message: string };
}

export interface SotwInit extends RequestInit {
  readonly versionInfo?: string;
  readonly resourceNames?: string[];
}

export interface DeltaInit extends RequestInit {
  readonly resourceNamesSubscribe?: string[];
  readonly resourceNamesUnsubscribe?: string[];
  readonly initialResourceVersions?: Record<string, string>;
}

const methods = { sotw: 'StreamAggregatedResources', delta: 'DeltaAggregatedResources' } as const;

export const testNode: ClientNode = {
  id: 'sidecar~10.1.0.7~reviews-v1-abc.shop~shop.svc.cluster.local',
  metadata: { NAMESPACE: 'shop', NAME: 'reviews-v1-abc', LABELS: { app: 'reviews' } },
};

function decode(protocol: Protocol, bytes: Buffer): AdsResponse {
  if (protocol === 'sotw') {
    const message = fromBinary(DiscoveryResponseSchema, bytes);
    const resources = message.resources.map((any) => ({ name: '', version: '', ...any }));
    return { ...message, version: message.versionInfo, resources, removed: [] };
  }
  const message = fromBinary(DeltaDiscoveryResponseSchema, bytes);
  const resources = message.resources.map(({ name, version, resource }) => {
    if (!resource) throw new Error(`resource ${name} came without a body`);
    return { ...resource, name, version };
  });
  return { ...message, version: message.systemVersionInfo, resources, removed: message.removedResources };
}

export class AdsClient {
  readonly protocol: Protocol;
  answer: Answer;
  /** All that came, in order; `next` takes from it. */
  readonly log: AdsResponse[] = [];
  readonly status: Promise<StatusObject>;
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;
  readonly #node: ClientNode | undefined;
  readonly #names: Map<string, readonly string[]> = new Map();
  readonly #queue: AdsResponse[] = [];
  readonly #waiting: Set<() => void> = new Set();
  #first = true;

  constructor(options: ClientOptions) {
    this.protocol = options.protocol;
    this.answer = options.answer ?? (() => 'ack');
    this.#node = 'node' in options ? options.node : testNode;
    this.#client = new Client(options.address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
    });
    const path = `/envoy.service.discovery.v3.AggregatedDiscoveryService/${methods[this.protocol]}`;
    const through = (bytes: Buffer): Buffer => bytes;
    this.#stream = this.#client.makeBidiStreamRequest(path, through, through);
    this.#stream.on('data', (bytes: Buffer) => this.#receive(decode(this.protocol, bytes)));
    this.#stream.on('error', () => undefined); // reported through `status`
    this.status = new Promise((resolve) => this.#stream.on('status', resolve));
  }

  sotw(init: SotwInit): void {
    if (init.typeUrl !== undefined) this.#names.set(init.typeUrl, init.resourceNames ?? []);
    this.raw(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { ...this.#introduce(), ...init })));
  }

  delta(init: DeltaInit): void {
    const message = create(DeltaDiscoveryRequestSchema, { ...this.#introduce(), ...init });
    this.raw(toBinary(DeltaDiscoveryRequestSchema, message));
  }

  /** Subscribes in whichever variant this is. In state of the world this is the type's first request. */
  subscribe(typeUrl: string, names: readonly string[] = []): void {
    if (this.protocol === 'sotw') this.sotw({ typeUrl, resourceNames: [...names] });
    else this.delta({ typeUrl, resourceNamesSubscribe: [...names] });
  }

  ack(response: AdsResponse): void {
    const { typeUrl, nonce } = response;
    const resourceNames = [...(this.#names.get(typeUrl) ?? [])];
    if (this.protocol === 'delta') this.delta({ typeUrl, responseNonce: nonce });
    else this.sotw({ typeUrl, responseNonce: nonce, versionInfo: response.version, resourceNames });
  }

  nack(response: AdsResponse, message: string): void {
    const { typeUrl, nonce } = response;
    const resourceNames = [...(this.#names.get(typeUrl) ?? [])];
    const errorDetail = { code: 3, message };
    if (this.protocol === 'delta') this.delta({ typeUrl, responseNonce: nonce, errorDetail });
    else this.sotw({ typeUrl, responseNonce: nonce, resourceNames, errorDetail });
  }

  raw(bytes: Uint8Array): void {
    this.#stream.write(Buffer.from(bytes));
  }

  /** The next response, of one type if told. Rejects after `timeoutMs`. */
  async next(typeUrl?: string, timeoutMs = 8000): Promise<AdsResponse> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const index = this.#queue.findIndex((entry) => typeUrl === undefined || entry.typeUrl === typeUrl);
      const [found] = index < 0 ? [] : this.#queue.splice(index, 1);
      if (found) return found;
      if (Date.now() >= end) throw new Error(`no response${typeUrl ? ` of ${typeUrl}` : ''} within ${timeoutMs} ms`);
      await this.#arrival(end - Date.now());
    }
  }

  /** Waits and then fails if anything (of the type) came that was not taken with `next`. */
  async quiet(typeUrl?: string, forMs = 60): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, forMs));
    const found = this.#queue.find((entry) => typeUrl === undefined || entry.typeUrl === typeUrl);
    if (!found) return;
    const names = found.resources.map((entry) => entry.name || Buffer.from(entry.value).toString());
    throw new Error(
      `unexpected response of ${found.typeUrl}: ${names.join(', ')}; removed ${found.removed.join(', ')}`,
    );
  }

  /** Stops and starts reading, as a slow proxy does. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }

  /** The node goes with the first request only, as Envoy does it. */
  #introduce(): { node?: { id: string; metadata: JsonObject } } {
    if (!this.#first || !this.#node) return {};
    this.#first = false;
    return { node: { ...this.#node } };
  }

  #receive(response: AdsResponse): void {
    this.log.push(response);
    this.#queue.push(response);
    const answer = this.answer(response);
    if (answer === 'ack') this.ack(response);
    else if (answer !== 'silence') this.nack(response, answer.nack);
    for (const wake of this.#waiting) wake();
  }

  #arrival(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      this.#waiting.add(done);
    });
  }
}
