// A tiny configuration for ADS tests: resources set by hand, served by a real AdsServer on a Unix socket of its own.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AdsEvent } from '../../src/pilot/ads/ads-status.ts';
import { type AdsOptions, AdsServer } from '../../src/pilot/ads/ads-server.ts';
import type { EncodedResource, ProxyNode, ProxyResources } from '../../src/pilot/proxy-resources.ts';
import { AdsClient, type ClientOptions, type Protocol } from './ads-client.ts';

export class AdsWorld {
  server: AdsServer;
  readonly events: AdsEvent[] = [];
  readonly seen: ProxyNode[] = [];
  address = '';
  /** When set, generating fails with it. */
  failure: Error | undefined;
  /** When set, only this type's printer fails. */
  failingType: string | undefined;
  generated = 0;
  readonly #test: TestContext;
  readonly #options: AdsOptions;
  #path = '';
  readonly #resources: Map<string, Map<string, EncodedResource>> = new Map();

  constructor(test: TestContext, options?: Partial<AdsOptions>) {
    this.#test = test;
    this.#options = {
      generate: (node) => this.#generate(node),
      report: (event) => this.events.push(event),
      patienceMs: 300,
      ...options,
    };
    this.server = new AdsServer(this.#options);
  }

  /** Listens in a folder of its own; all ends with the test. */
  async start(): Promise<this> {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-ads-'));
    this.#test.after(async () => {
      await this.server.close();
      rmSync(folder, { recursive: true, force: true });
    });
    this.#path = join(folder, 'xds.sock');
    this.address = await this.server.listen({ path: this.#path });
    return this;
  }

  get socketPath(): string {
    return this.#path;
  }

  async stop(): Promise<void> {
    await this.server.close();
  }

  /** A new server with the same resources on the same socket, as after a restart of the control plane. */
  async restart(): Promise<void> {
    await this.server.close();
    this.server = new AdsServer(this.#options);
    await this.server.listen({ path: this.#path });
  }

  /** The body is any text: the server passes bytes through. */
  set(typeUrl: string, name: string, body: string | Uint8Array = `${name} body`): this {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const version = createHash('sha1').update(bytes).digest('hex').slice(0, 8);
    const map = new Map(this.#resources.get(typeUrl));
    this.#resources.set(typeUrl, map.set(name, { name, version, bytes }));
    return this;
  }

  remove(typeUrl: string, name: string): this {
    const map = new Map(this.#resources.get(typeUrl));
    map.delete(name);
    this.#resources.set(typeUrl, map);
    return this;
  }

  push(): void {
    this.server.push();
  }

  client(protocol: Protocol, options?: Partial<ClientOptions>): AdsClient {
    const client = new AdsClient({ protocol, address: this.address, ...options });
    this.#test.after(() => client.close());
    return client;
  }

  #generate(node: ProxyNode): ProxyResources {
    this.generated += 1;
    this.seen.push(node);
    if (this.failure) throw this.failure;
    const snapshot = new Map(this.#resources);
    const { failingType } = this;
    return {
      of: (typeUrl) => {
        if (typeUrl === failingType) throw new Error(`no printer for ${typeUrl}`);
        return snapshot.get(typeUrl) ?? new Map();
      },
    };
  }
}

/** The texts of a response's resources, sorted: how a test that wants "these and no others" says it. */
export function bodies(response: { resources: readonly { value: Uint8Array }[] }): string[] {
  return response.resources.map((resource) => Buffer.from(resource.value).toString()).sort();
}
