// A model of how Envoy takes configuration, without sockets: clusters warm until their endpoints come, and only then are acknowledged.
import { fromBinary } from '@bufbuild/protobuf';
import { PushCounters } from '../../src/pilot/ads/ads-status.ts';
import { ProxyStream } from '../../src/pilot/ads/proxy-stream.ts';
import type { WatchRequest } from '../../src/pilot/ads/watch.ts';
import { type EncodedResource, type ProxyResources, typeUrls } from '../../src/pilot/proxy-resources.ts';
import {
  DeltaDiscoveryResponseSchema,
  DiscoveryResponseSchema,
} from '../../src/proto/gen/envoy/service/discovery/v3/discovery_pb.ts';
import type { Protocol } from './ads-client.ts';

const { cluster: CDS, endpoint: EDS, route: RDS } = typeUrls;

/** What a test resource says: `NAME VERSION`, and for a route `NAME VERSION CLUSTER`. */
export function testResource(text: string): EncodedResource {
  const [name = '', version = ''] = text.split(' ');
  return { name, version: `v${version}${text.split(' ')[2] ?? ''}`, bytes: Buffer.from(text) };
}

interface Message {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly texts: readonly string[];
  readonly removed: readonly string[];
}

const nameOf = (text: string): string => text.split(' ')[0] ?? '';

export class ModelProxy {
  readonly held: Readonly<Record<string, Map<string, string>>> = {
    [CDS]: new Map(),
    [EDS]: new Map(),
    [RDS]: new Map(),
  };
  /** Responses on their way. */
  readonly inbox: Message[] = [];
  readonly stream: ProxyStream;
  readonly #protocol: Protocol;
  readonly #nonces: Map<string, string> = new Map();
  readonly #names: Map<string, Set<string>> = new Map([EDS, RDS].map((type) => [type, new Set()]));
  readonly #warming: Set<string> = new Set();
  #withheld: Message | undefined;
  #turn = false;

  constructor(protocol: Protocol, generate: () => ProxyResources) {
    this.#protocol = protocol;
    let nonce = 0;
    const node = { id: 'model', type: 'sidecar', name: '', namespace: '', labels: {}, serviceAccount: '' } as const;
    this.stream = new ProxyStream(
      { ...node, addresses: [], dnsDomain: '', metadata: {} },
      {
        protocol,
        peer: 'model',
        write: (bytes, flushed) => {
          this.inbox.push(this.#decode(bytes));
          flushed();
        },
      },
      {
        generate,
        // Nothing may depend on patience here: what does not settle by answers alone is a fault.
        patienceMs: 1e8,
        counters: new PushCounters(),
        report: (event) => {
          if (event.kind === 'generate-failed') throw event.error;
        },
        nextNonce: () => String(++nonce),
        schedule: () => {
          this.#turn = true;
        },
      },
    );
    this.#request(CDS, {});
    this.run();
  }

  run(): void {
    while (this.#turn) {
      this.#turn = false;
      this.stream.advance();
    }
  }

  want(routes: readonly string[]): void {
    this.#rename(RDS, new Set(routes));
    this.run();
  }

  /** Takes the next response, as Envoy's main thread does. */
  process(): void {
    const message = this.inbox.shift();
    if (!message) return;
    const changed = this.#apply(message);
    this.#nonces.set(message.typeUrl, message.nonce);
    if (message.typeUrl === CDS) this.#warm(message, changed);
    else this.#ack(message);
    if (message.typeUrl === EDS) this.#warmed(message);
    this.run();
  }

  #apply(message: Message): string[] {
    const held = this.held[message.typeUrl];
    if (!held) return [];
    const changed = message.texts.filter((text) => held.get(nameOf(text)) !== text).map(nameOf);
    // In state of the world, a cluster that is left out is removed.
    if (this.#protocol === 'sotw' && message.typeUrl === CDS) held.clear();
    // What is no longer wanted may still arrive; it is let pass.
    const wanted = this.#names.get(message.typeUrl);
    for (const text of message.texts) if (wanted?.has(nameOf(text)) ?? true) held.set(nameOf(text), text);
    for (const name of message.removed) if (message.typeUrl !== EDS) held.delete(name);
    return changed;
  }

  #warm(message: Message, changed: readonly string[]): void {
    const names = new Set(this.held[CDS]?.keys());
    for (const name of changed) this.#warming.add(name);
    for (const name of this.#warming) if (!names.has(name)) this.#warming.delete(name);
    const before = this.#names.get(EDS) ?? new Set();
    // Delta asks for new names only; state of the world asks again whenever a cluster warms.
    const again = this.#protocol === 'sotw' && changed.length > 0;
    if (again || names.size !== before.size || [...names].some((name) => !before.has(name))) this.#rename(EDS, names);
    this.#withheld = message;
    this.#warmed({ ...message, texts: [], removed: [] });
  }

  #warmed(message: Message): void {
    for (const text of message.texts) this.#warming.delete(nameOf(text));
    for (const name of message.removed) this.#warming.delete(name);
    if (this.#warming.size > 0 || !this.#withheld) return;
    this.#ack(this.#withheld);
    this.#withheld = undefined;
  }

  #rename(typeUrl: string, names: Set<string>): void {
    const before = this.#names.get(typeUrl) ?? new Set();
    this.#names.set(typeUrl, names);
    for (const name of before) if (!names.has(name)) this.held[typeUrl]?.delete(name);
    const subscribe = [...names].filter((name) => !before.has(name));
    const unsubscribe = [...before].filter((name) => !names.has(name));
    const nonce = this.#protocol === 'sotw' ? (this.#nonces.get(typeUrl) ?? '') : '';
    if (this.#protocol === 'sotw' || subscribe.length + unsubscribe.length > 0) {
      this.#request(typeUrl, { nonce, names: [...names], subscribe, unsubscribe });
    }
  }

  #ack({ typeUrl, nonce }: Message): void {
    this.#request(typeUrl, { nonce, names: [...(this.#names.get(typeUrl) ?? [])] });
  }

  #request(typeUrl: string, fields: Partial<WatchRequest>): void {
    const empty = { nonce: '', error: undefined, names: [], subscribe: [], unsubscribe: [], initialVersions: {} };
    this.stream.receive({ typeUrl, ...empty, ...fields });
  }

  #decode(bytes: Uint8Array): Message {
    if (this.#protocol === 'sotw') {
      const { typeUrl, nonce, resources } = fromBinary(DiscoveryResponseSchema, bytes);
      return { typeUrl, nonce, texts: resources.map(({ value }) => Buffer.from(value).toString()), removed: [] };
    }
    const { typeUrl, nonce, resources, removedResources } = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const texts = resources.map(({ resource }) => Buffer.from(resource?.value ?? []).toString());
    return { typeUrl, nonce, texts, removed: removedResources };
  }
}
