// One listener in service: inspects its connections, finds their filter chain, and hands them over. Its settings are exchanged in one
// step; connections of chains that stay as they are notice nothing.
import { isDeepStrictEqual } from 'node:util';
import type { FilterChain, ListenerConfig } from '../../decide/config/listener.ts';
import { chooseFilterChain } from '../../decide/filter-chain.ts';
import type { LogFiles } from '../../telemetry/access-log/log-files.ts';
import { type ListenerStats, listenerStats, workerStats } from '../../telemetry/metrics/listener-stats.ts';
import type { MetricsRegistry, StatGroup } from '../../telemetry/metrics/metrics-registry.ts';
import { AccessLogger } from '../access-logger.ts';
import type { Address } from './address-text.ts';
import { connectionContext } from './connection-context.ts';
import { type ConnectionHandler, type ConnectionInfo, type Downstream, nextConnectionId } from './downstream.ts';
import { type Inspected, Inspection, inspectorsFor, notInspected } from './inspection.ts';

export interface ListenerParts {
  readonly metrics: MetricsRegistry;
  readonly logFiles: LogFiles;
  /** What serves the connections of a chain. */
  readonly handlerFor: (chain: FilterChain, listener: ListenerConfig) => ConnectionHandler;
  /** How long connections of a chain that is gone may stay. */
  readonly drainMs: number;
}

/** Where a connection was going, and whether that is another place than where it arrived. */
export interface Destination {
  readonly local: Address;
  readonly direct: Address;
  readonly wasRedirected: boolean;
}

interface Served {
  readonly chain: FilterChain;
  readonly handler: ConnectionHandler;
  readonly connections: Set<Downstream>;
}

export class Listener {
  readonly stats: ListenerStats;
  readonly #workerStats: StatGroup;
  readonly #parts: ListenerParts;
  #config: ListenerConfig;
  #served: ReadonlyMap<FilterChain, Served>;
  #logger: AccessLogger;
  #draining = false;

  constructor(config: ListenerConfig, parts: ListenerParts) {
    this.#config = config;
    this.#parts = parts;
    this.stats = parts.metrics.add(listenerStats(statAddress(config)));
    this.#workerStats = parts.metrics.add(workerStats(this.stats));
    this.#served = this.#serve(config, new Map());
    this.#logger = new AccessLogger(config.accessLogs, parts.logFiles);
  }

  get config(): ListenerConfig {
    return this.#config;
  }

  get connections(): number {
    return this.stats.gauges.downstream_cx_active;
  }

  /** Chains that are as before keep their handlers and connections; the others' connections are asked to leave. */
  update(config: ListenerConfig): void {
    const before = this.#served;
    this.#config = config;
    this.#logger = new AccessLogger(config.accessLogs, this.#parts.logFiles);
    this.#served = this.#serve(config, before);
    const kept = new Set([...this.#served.values()].map(({ connections }) => connections));
    for (const served of before.values()) if (!kept.has(served.connections)) this.#retire(served);
  }

  #serve(config: ListenerConfig, before: ReadonlyMap<FilterChain, Served>): Map<FilterChain, Served> {
    const found = new Map<FilterChain, Served>();
    const chains = [...config.filterChains, config.defaultFilterChain].filter((chain) => chain !== undefined);
    for (const chain of chains) {
      const same = [...before.values()].find((served) => isDeepStrictEqual(served.chain, chain));
      const handler = same?.handler ?? this.#parts.handlerFor(chain, config);
      found.set(chain, { chain, handler, connections: same?.connections ?? new Set() });
    }
    return found;
  }

  #retire({ handler, connections }: Served): void {
    handler.close();
    for (const connection of connections) connection.drain();
    const timer = setTimeout(() => {
      for (const connection of connections) connection.endDraining();
    }, this.#parts.drainMs);
    timer.unref();
  }

  /** A connection of this listener's own port, or one that was handed over. */
  accept(connection: Downstream, destination: Destination): void {
    const { gauges, counters } = this.stats;
    const inspectors = inspectorsFor(this.#config, destination.local.port);
    connection.info = this.#info(connection, destination, notInspected);
    if (inspectors.length === 0) return this.#dispatch(connection);
    gauges.downstream_pre_cx_active += 1;
    new Inspection(connection, {
      inspectors,
      timeoutMs: this.#config.listenerFiltersTimeoutMs,
      continueOnTimeout: this.#config.continueOnListenerFiltersTimeout,
      done: (inspected, isLate) => {
        gauges.downstream_pre_cx_active -= 1;
        if (isLate) counters.downstream_pre_cx_timeout += 1;
        else if (inspected === undefined) counters.downstream_listener_filter_remote_close += 1;
        if (inspected === undefined) return void connection.socket.destroy();
        connection.info = this.#info(connection, destination, inspected);
        this.#dispatch(connection);
      },
    });
  }

  #info(connection: Downstream, destination: Destination, inspected: Inspected): ConnectionInfo {
    const known = connection.info as ConnectionInfo | undefined;
    return {
      id: known?.id ?? nextConnectionId(),
      remote: known?.remote ?? connection.remoteAddress(),
      ...destination,
      transportProtocol: inspected.transportProtocol,
      serverName: inspected.serverName,
      applicationProtocols: inspected.applicationProtocols,
      listener: this.#config.name,
      acceptedAtMs: known?.acceptedAtMs ?? Date.now(),
    };
  }

  #dispatch(connection: Downstream): void {
    const { info } = connection;
    const chain = chooseFilterChain(this.#config, {
      destinationAddress: info.local.ip,
      destinationPort: info.local.port,
      sourceAddress: info.remote.ip,
      sourcePort: info.remote.port,
      serverName: info.serverName,
      transportProtocol: info.transportProtocol,
      applicationProtocols: info.applicationProtocols,
    });
    const served = chain === undefined ? undefined : this.#served.get(chain);
    // A chain that terminates TLS cannot be served yet, and must not be served in plain text.
    if (served === undefined || served.chain.tls !== undefined) return this.#refuse(connection);
    this.#count(connection, served);
    served.handler.take(connection);
    if (this.#draining) connection.drain();
  }

  #count(connection: Downstream, { connections }: Served): void {
    const { gauges, counters, histograms } = this.stats;
    counters.downstream_cx_total += 1;
    gauges.downstream_cx_active += 1;
    connections.add(connection);
    connection.onClosed = () => {
      counters.downstream_cx_destroy += 1;
      gauges.downstream_cx_active -= 1;
      histograms.downstream_cx_length_ms.add(Date.now() - connection.info.acceptedAtMs);
      connections.delete(connection);
    };
  }

  #refuse(connection: Downstream): void {
    const { info } = connection;
    this.stats.counters.no_filter_chain_match += 1;
    connection.socket.destroy();
    const outcome = { responseFlags: 'NR', responseCodeDetails: 'filter_chain_not_found' };
    this.#logger.log(connectionContext(info, outcome));
  }

  /** Its clients are asked to go elsewhere, and served until they do. */
  drain(): void {
    this.#draining = true;
    for (const { connections } of this.#served.values()) for (const connection of connections) connection.drain();
  }

  /** It is gone: what is left of its connections may stay for the drain time. */
  close(): void {
    this.#draining = true;
    for (const served of this.#served.values()) this.#retire(served);
    this.#parts.metrics.remove(this.stats);
    this.#parts.metrics.remove(this.#workerStats);
  }
}

/** `0.0.0.0_15006`, as listeners' statistics are named. */
function statAddress({ address }: ListenerConfig): string {
  return address.kind === 'pipe' ? address.path : `${address.host}_${address.port}`.replaceAll(':', '_');
}
