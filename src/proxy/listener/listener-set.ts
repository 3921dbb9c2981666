// All listeners by name: binds their ports, keeps changed ones back until their routes are there, and hands redirected connections to
// the listener of the address that they were going to.
import type { ListenerConfig } from '../../decide/config/listener.ts';
import { describeError } from '../../lib/mesh-error.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Address } from './address-text.ts';
import { Downstream } from './downstream.ts';
import { ListenSocket } from './listen-socket.ts';
import { Listener, type ListenerParts } from './listener.ts';
import type { OriginalDestination } from './original-destination.ts';

export interface ListenerSetOptions extends ListenerParts {
  readonly originalDestination: OriginalDestination;
  /** Whether a route configuration has come. */
  readonly hasRoutes: (name: string) => boolean;
  readonly log: Logger;
}

interface Bound {
  readonly key: string;
  readonly socket: ListenSocket | undefined;
}

interface Active {
  readonly listener: Listener;
  readonly bound: Bound;
}

export class ListenerSet {
  readonly #options: ListenerSetOptions;
  readonly #active = new Map<string, Active>();
  readonly #warming = new Map<string, ListenerConfig>();
  /** By `IP_PORT`: where connections that were redirected to another listener belong. */
  #byAddress: ReadonlyMap<string, Listener> = new Map();
  #draining: 'no' | 'inbound' | 'all' = 'no';
  #closed = false;
  /** `listener_manager.*`. */
  readonly stats = {
    prefix: 'listener_manager',
    counters: {
      listener_added: 0,
      listener_modified: 0,
      listener_removed: 0,
      listener_create_success: 0,
      listener_create_failure: 0,
      listener_in_place_updated: 0,
    },
    gauges: {
      workers_started: 0,
      total_listeners_active: 0,
      total_listeners_warming: 0,
      total_listeners_draining: 0,
      total_filter_chains_draining: 0,
    },
  };

  constructor(options: ListenerSetOptions) {
    this.#options = options;
    options.metrics.add(this.stats);
  }

  get all(): readonly Listener[] {
    return [...this.#active.values()].map(({ listener }) => listener);
  }

  get warming(): readonly ListenerConfig[] {
    return [...this.#warming.values()];
  }

  /** Route configurations that any listener asks for by name, with the statistics' prefix of the first one that does. */
  get wantedRoutes(): ReadonlyMap<string, string> {
    const wanted = new Map<string, string>();
    for (const config of [...this.#warming.values(), ...this.all.map((listener) => listener.config)]) {
      for (const { name, statPrefix } of routesOf(config)) if (!wanted.has(name)) wanted.set(name, statPrefix);
    }
    return wanted;
  }

  /** Takes it into service once its routes are there. Rejects when its port cannot be bound. */
  async set(config: ListenerConfig): Promise<void> {
    const isNew = !this.#active.has(config.name) && !this.#warming.has(config.name);
    if (isNew) this.stats.counters.listener_added += 1;
    else this.stats.counters.listener_modified += 1;
    this.#warming.set(config.name, config);
    this.#count();
    if (this.#isWarm(config)) await this.#activate(config);
  }

  #isWarm(config: ListenerConfig): boolean {
    return routesOf(config).every(({ name }) => this.#options.hasRoutes(name));
  }

  /** Routes have come: listeners that waited for them may start. */
  async routesCame(): Promise<void> {
    for (const config of this.#warming.values()) {
      if (!this.#isWarm(config)) continue;
      try {
        await this.#activate(config);
      } catch (error) {
        this.#options.log.error('a listener cannot start', { listener: config.name, error: describeError(error) });
      }
    }
  }

  async #activate(config: ListenerConfig): Promise<void> {
    const active = this.#active.get(config.name);
    const bound = active?.bound.key === bindKey(config) ? active.bound : await this.#bind(config);
    if (this.#closed || this.#warming.get(config.name) !== config) {
      if (bound !== active?.bound) bound.socket?.close();
      return;
    }
    this.#warming.delete(config.name);
    if (active !== undefined && bound === active.bound) {
      this.stats.counters.listener_in_place_updated += 1;
      active.listener.update(config);
    } else {
      if (active !== undefined) this.#end(active);
      this.#active.set(config.name, { listener: new Listener(config, this.#options), bound });
    }
    this.#index();
    this.#drainIfAsked();
  }

  async #bind(config: ListenerConfig): Promise<Bound> {
    const key = bindKey(config);
    const { address, bindToPort, tcpBacklogSize, name } = config;
    if (!bindToPort || address.kind === 'pipe') return { key, socket: undefined };
    try {
      const socket = await ListenSocket.open({
        host: address.host,
        port: address.port,
        backlog: tcpBacklogSize,
        onConnection: (handle) => this.#accept(name, handle),
        onError: (error) => this.#options.log.warn('accept', { listener: name, error: describeError(error) }),
      });
      this.stats.counters.listener_create_success += 1;
      return { key, socket };
    } catch (error) {
      this.stats.counters.listener_create_failure += 1;
      throw error;
    }
  }

  #accept(name: string, handle: unknown): void {
    const active = this.#active.get(name);
    const connection = new Downstream(handle);
    try {
      // It may be gone again by now.
      if (active === undefined || !connection.hasPeer()) return void connection.socket.destroy();
      this.#serve(connection, active.listener);
    } catch (error) {
      connection.fail(error);
    }
  }

  #serve(connection: Downstream, listener: Listener): void {
    const { config } = listener;
    const direct = connection.localAddress();
    const original = restoresDestination(config) ? this.#originalDestination(connection, direct) : undefined;
    const destination = { local: original ?? direct, direct, wasRedirected: original !== undefined };
    const other = original !== undefined && config.useOriginalDst ? this.#listenerOf(original) : undefined;
    (other ?? listener).accept(connection, destination);
  }

  /** Undefined for a connection that was dialled as it came. */
  #originalDestination(connection: Downstream, direct: Address): Address | undefined {
    const found = this.#options.originalDestination(connection.descriptor(), direct.ip.includes(':'));
    return found === undefined || (found.ip === direct.ip && found.port === direct.port) ? undefined : found;
  }

  #listenerOf({ ip, port }: Address): Listener | undefined {
    return (
      this.#byAddress.get(`${ip}_${port}`) ?? this.#byAddress.get(`${ip.includes(':') ? '::' : '0.0.0.0'}_${port}`)
    );
  }

  /** A listener that only passes connections on is none to pass them to. */
  #index(): void {
    const found = new Map<string, Listener>();
    for (const { listener } of this.#active.values()) {
      const { address, useOriginalDst } = listener.config;
      if (address.kind === 'socket' && !useOriginalDst) found.set(`${address.host}_${address.port}`, listener);
    }
    this.#byAddress = found;
    this.#count();
  }

  remove(name: string): void {
    this.#warming.delete(name);
    const active = this.#active.get(name);
    if (active !== undefined) {
      this.#active.delete(name);
      this.stats.counters.listener_removed += 1;
      this.#end(active);
    }
    this.#index();
  }

  #end({ listener, bound }: Active): void {
    bound.socket?.close();
    listener.close();
  }

  #count(): void {
    this.stats.gauges.total_listeners_active = this.#active.size;
    this.stats.gauges.total_listeners_warming = this.#warming.size;
  }

  /** From now on clients are asked to go elsewhere; they are served all the same. */
  drain(scope: 'inbound' | 'all'): void {
    this.#draining = scope;
    this.#drainIfAsked();
  }

  #drainIfAsked(): void {
    if (this.#draining === 'no') return;
    for (const listener of this.all) {
      if (this.#draining === 'all' || listener.config.direction === 'inbound') listener.drain();
    }
  }

  close(): void {
    this.#closed = true;
    for (const active of this.#active.values()) this.#end(active);
    this.#active.clear();
    this.#warming.clear();
    this.#index();
  }
}

function restoresDestination({ useOriginalDst, listenerFilters }: ListenerConfig): boolean {
  return useOriginalDst || listenerFilters.some(({ kind }) => kind === 'original-dst');
}

function routesOf({ filterChains, defaultFilterChain }: ListenerConfig): { name: string; statPrefix: string }[] {
  return [...filterChains, defaultFilterChain].flatMap((chain) => {
    if (chain?.filter.kind !== 'http-connection-manager') return [];
    const { routes, statPrefix } = chain.filter.config;
    return routes.kind === 'rds' ? [{ name: routes.name, statPrefix }] : [];
  });
}

function bindKey({ address, bindToPort }: ListenerConfig): string {
  const where = address.kind === 'pipe' ? address.path : `${address.host}_${address.port}`;
  return `${where} ${bindToPort}`;
}
