// An HTTP connection manager at the end of a filter chain: takes connections over.
import type { HttpConnectionManager } from '../../decide/config/http-connection-manager.ts';
import type { RouteChooser } from '../../decide/route/choose-route.ts';
import type { TimerWheel } from '../../lib/timer-wheel.ts';
import type { HttpStats } from '../../telemetry/metrics/http-stats.ts';
import type { Clusters } from '../cluster/cluster.ts';
import { filterChain } from '../filters/chain.ts';
import type { Downstream } from '../listener/downstream.ts';
import { internalAddresses } from './client-address.ts';
import { HttpConnection } from './connection.ts';
import type { HttpServerParts, HttpStream, StreamFilter } from './stream.ts';

export interface HttpServerOptions {
  readonly config: HttpConnectionManager;
  readonly direction: 'unspecified' | 'inbound' | 'outbound';
  readonly filterChainName: string;
  /** Asked for each request: the newest route configuration, ready for use; undefined while none has come. */
  readonly routes: () => RouteChooser | undefined;
  readonly clusters: Clusters;
  readonly stats: HttpStats;
  readonly timers: TimerWheel;
  /** The listener's. */
  readonly bufferLimitBytes: number;
  readonly random: () => number;
  /** In place of those that the configuration names. */
  readonly filters?: readonly StreamFilter[];
  /** Once for each request, when it is over: for access logs. The stream is a format's context. */
  readonly onRequestDone: (stream: HttpStream) => void;
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

  /** The connection's bytes come here from now on; the caller starts it. */
  take(connection: Downstream): void {
    connection.sink = new HttpConnection(this.#parts, connection);
    connection.socket.setNoDelay(true);
  }
}
