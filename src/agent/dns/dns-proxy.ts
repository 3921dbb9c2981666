// The workload's names, put together: received over xDS, kept on disk, served on 15053.
import type { Logger } from '../../telemetry/logger.ts';
import type { ProxyIdentity } from '../proxy-identity.ts';
import { DnsServer } from './dns-server.ts';
import { LookupTable, type NamedHost } from './lookup-table.ts';
import { NameTableClient } from './name-table-client.ts';
import { parseResolvConf } from './resolv-conf.ts';
import { SavedNames } from './saved-names.ts';
import { UpstreamResolver } from './upstream-resolver.ts';

/** Stub resolvers wait five seconds (resolv.conf(5)): both of two resolvers are asked within that. */
const upstreamTimeoutMs = 2000;
const maxInFlight = 1024;

export interface DnsProxyOptions {
  readonly port: number;
  readonly namespace: string;
  readonly domain: string;
  /** Text of the pod's /etc/resolv.conf. */
  readonly resolvConf: string;
  readonly dataFolder: string;
  readonly xdsAddress: string;
  readonly identity: ProxyIdentity;
  readonly log: Logger;
}

export class DnsProxy {
  readonly #options: DnsProxyOptions;
  readonly #search: readonly string[];
  readonly #server: DnsServer;
  readonly #saved: SavedNames;
  readonly #client: NameTableClient;
  #received = false;

  constructor(options: DnsProxyOptions) {
    const { log, port, resolvConf, dataFolder, xdsAddress, identity } = options;
    const { servers, search } = parseResolvConf(resolvConf);
    this.#options = options;
    this.#search = search;
    this.#saved = new SavedNames(dataFolder, log);
    const upstream = new UpstreamResolver({
      servers: servers.map((host) => ({ host, port: 53 })),
      timeoutMs: upstreamTimeoutMs,
      maxInFlight,
    });
    this.#server = new DnsServer({ host: '127.0.0.1', port, upstream, log });
    this.#client = new NameTableClient({
      address: xdsAddress,
      identity,
      log,
      onTable: (hosts) => this.#onTable(hosts),
    });
  }

  /** Listens first: whoever asks too early gets an error at once, not silence. */
  async start(): Promise<void> {
    await this.#server.listen();
    this.#client.start();
    const saved = await this.#saved.load();
    if (saved !== undefined && !this.#received) this.#use(saved);
  }

  get ready(): boolean {
    return this.#server.ready;
  }

  #onTable(hosts: ReadonlyMap<string, NamedHost>): void {
    this.#received = true;
    this.#use(hosts);
    this.#saved.save(hosts);
  }

  #use(hosts: ReadonlyMap<string, NamedHost>): void {
    const { namespace, domain, log } = this.#options;
    const table = new LookupTable(hosts, { namespace, domain, search: this.#search });
    log.debug('names in use', { hosts: hosts.size, names: table.size });
    this.#server.update(table);
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.#server.close();
  }
}
