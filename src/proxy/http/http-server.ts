// An HTTP connection manager at the end of a filter chain: takes connections over.
import type { StatGroup } from '../../telemetry/metrics/metrics-registry.ts';
import { filterChain } from '../filters/chain.ts';
import type { Downstream } from '../listener/downstream.ts';
import { internalAddresses } from './client-address.ts';
import { HttpConnection } from './connection.ts';
import type { HttpServerParts, StreamFilter } from './stream.ts';

export interface HttpServerOptions extends Omit<HttpServerParts, 'filters' | 'isInternal'> {
  /** In place of those that the configuration names. */
  readonly filters?: readonly StreamFilter[];
}

export class HttpServer {
  readonly #parts: HttpServerParts;

  constructor(options: HttpServerOptions) {
    const { config } = options;
    this.#parts = {
      ...options,
      filters: options.filters ?? filterChain(config.filters),
      isInternal: internalAddresses(config),
    };
  }

  /** What its filters count. */
  get filterStats(): readonly StatGroup[] {
    return this.#parts.filters.flatMap(({ stats }) => stats ?? []);
  }

  /** The connection's bytes come here from now on; the caller starts it. */
  take(connection: Downstream): void {
    connection.sink = new HttpConnection(this.#parts, connection);
    connection.socket.setNoDelay(true);
  }
}
