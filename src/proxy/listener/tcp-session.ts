// One connection through the TCP proxy: finds a host, connects, relays, and says at the end how it went.
import type { TcpProxy } from '../../decide/config/tcp-proxy.ts';
import { hostPort } from '../../lib/socket-address.ts';
import { Timer, type TimerWheel } from '../../lib/timer-wheel.ts';
import type { TcpStats } from '../../telemetry/metrics/listener-stats.ts';
import type { AccessLogger } from '../access-logger.ts';
import type { ClusterHandle } from '../cluster/cluster.ts';
import { addressText as hostText, type UpstreamHost } from '../cluster/upstream-host.ts';
import { connectionContext } from './connection-context.ts';
import type { Downstream } from './downstream.ts';
import { type ByteSink, RawSocket } from './raw-socket.ts';
import { Relay } from './relay.ts';

/** What all connections of one TCP proxy share. */
export interface TcpServer {
  readonly config: TcpProxy;
  readonly parts: { readonly timers: TimerWheel };
  readonly stats: TcpStats;
  readonly logger: AccessLogger;
  chooseCluster(): { readonly name: string; readonly cluster: ClusterHandle | undefined };
  hashOf(connection: Downstream): bigint | undefined;
}

interface Chosen {
  readonly cluster: ClusterHandle;
  readonly host: UpstreamHost;
}

export class TcpSession {
  readonly #handler: TcpServer;
  readonly #downstream: Downstream;
  readonly #limit = new Timer(() => this.#onLimit(), this);
  readonly #maxDuration = new Timer(() => this.#onMaxDuration(), this);
  #clusterName = '';
  #chosen: Chosen | undefined;
  #upstream: RawSocket | undefined;
  #upstreamLocal: string | undefined;
  #relay: Relay | undefined;
  #attempts = 0;
  #flags = '';
  #failure = '';
  #ended = false;

  constructor(handler: TcpServer, downstream: Downstream) {
    this.#handler = handler;
    this.#downstream = downstream;
  }

  start(): void {
    const { config, parts } = this.#handler;
    // Nothing is read before there is somewhere to write it; only the client's going away is of interest.
    this.#downstream.sink = new Waiting(() => this.#onClientGone());
    if (config.maxConnectionDurationMs > 0) parts.timers.start(this.#maxDuration, config.maxConnectionDurationMs);
    const { name, cluster } = this.#handler.chooseCluster();
    this.#clusterName = name;
    if (cluster === undefined) return this.#fail('NC');
    this.#connect(cluster);
  }

  #connect(cluster: ClusterHandle): void {
    const { info } = this.#downstream;
    const host = cluster.pick({
      hash: this.#handler.hashOf(this.#downstream),
      originalDestination: info.wasRedirected
        ? { kind: 'socket', host: info.local.ip, port: info.local.port }
        : undefined,
    });
    if (host === undefined) {
      cluster.stats.counters.upstream_cx_none_healthy += 1;
      return this.#fail('UH');
    }
    const { resources } = host.pools.default;
    if (resources.connections >= resources.limits.maxConnections) {
      cluster.stats.counters.upstream_cx_overflow += 1;
      return this.#fail('UO');
    }
    this.#attempts += 1;
    this.#chosen = { cluster, host };
    this.#open(cluster, host);
  }

  #open(cluster: ClusterHandle, host: UpstreamHost): void {
    const upstream = new RawSocket();
    this.#upstream = upstream;
    const { counters, gauges } = cluster.stats;
    counters.upstream_cx_total += 1;
    gauges.upstream_cx_active += 1;
    host.pools.default.resources.connections += 1;
    host.activeRequests += 1;
    upstream.sink = new Waiting((error) => this.#onConnectFailed(error?.message ?? ''));
    upstream.socket.once('connect', () => {
      try {
        this.#onConnected(upstream);
      } catch (error) {
        upstream.fail(error);
        this.onMishap();
      }
    });
    const { bindAddress, connectTimeoutMs } = cluster.config;
    const localAddress = bindAddress?.kind === 'socket' ? { localAddress: bindAddress.host } : {};
    const { address } = host;
    if (address.kind === 'pipe') upstream.socket.connect({ path: address.path });
    else upstream.socket.connect({ host: address.host, port: address.port, ...localAddress });
    this.#handler.parts.timers.start(this.#limit, connectTimeoutMs);
  }

  #onConnected(upstream: RawSocket): void {
    const { config, parts, stats } = this.#handler;
    upstream.socket.setNoDelay(true);
    this.#downstream.socket.setNoDelay(true);
    const { localAddress, localPort } = upstream.socket;
    // A Unix socket has none.
    if (localAddress !== undefined) this.#upstreamLocal = hostPort(localAddress, localPort ?? 0);
    parts.timers.stop(this.#limit);
    this.#relay = new Relay({
      downstream: this.#downstream,
      upstream,
      onEnd: () => this.#onRelayEnd(),
      onPaused: () => (stats.counters.downstream_flow_control_paused_reading_total += 1),
    });
    if (config.idleTimeoutMs > 0) parts.timers.start(this.#limit, config.idleTimeoutMs);
    upstream.start();
    this.#downstream.start();
  }

  #onRelayEnd(): void {
    if (this.#flags === '' && this.#relay?.upstreamReset === true) this.#flags = 'UR';
    this.#end();
  }

  #onClientGone(): void {
    if (this.#relay !== undefined) return;
    this.#upstream?.socket.destroy();
    this.#end();
  }

  #onConnectFailed(failure: string): void {
    if (this.#ended || this.#relay !== undefined) return;
    const { counters } = this.#chosen!.cluster.stats;
    counters.upstream_cx_connect_fail += 1;
    this.#failure = failure;
    this.#releaseHost();
    if (this.#attempts < this.#handler.config.maxConnectAttempts) return this.#connect(this.#chosen!.cluster);
    counters.upstream_cx_connect_attempts_exceeded += 1;
    this.#fail('UF,URX');
  }

  /** Of connecting, then of being idle. */
  #onLimit(): void {
    if (this.#relay === undefined) {
      this.#chosen!.cluster.stats.counters.upstream_cx_connect_timeout += 1;
      this.#upstream?.socket.destroy(new Error('connection timeout'));
      return;
    }
    const { config, parts, stats } = this.#handler;
    const leftMs = config.idleTimeoutMs - (performance.now() - this.#relay.lastActiveMs);
    if (leftMs > 0) return parts.timers.start(this.#limit, leftMs);
    stats.counters.idle_timeout += 1;
    this.#relay.close();
  }

  #onMaxDuration(): void {
    this.#handler.stats.counters.max_downstream_connection_duration += 1;
    this.#flags = 'DT';
    if (this.#relay !== undefined) this.#relay.close();
    else this.#downstream.socket.destroy();
  }

  /** Of a timer's: the connection cannot go on. */
  onMishap(): void {
    this.#upstream?.socket.destroy();
    this.#downstream.socket.destroy();
    this.#end();
  }

  #fail(flags: string): void {
    this.#flags = flags;
    if (flags === 'NC') this.#handler.stats.counters.downstream_cx_no_route += 1;
    this.#end();
    this.#downstream.socket.destroy();
  }

  #releaseHost(): void {
    if (this.#chosen === undefined || this.#upstream === undefined) return;
    this.#upstream = undefined;
    const { cluster, host } = this.#chosen;
    cluster.stats.gauges.upstream_cx_active -= 1;
    cluster.stats.counters.upstream_cx_destroy += 1;
    host.pools.default.resources.connections -= 1;
    host.activeRequests -= 1;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { timers } = this.#handler.parts;
    timers.stop(this.#limit);
    timers.stop(this.#maxDuration);
    this.#releaseHost();
    this.#count();
    this.#log();
  }

  #count(): void {
    const { received, sent } = this.#relay?.counters ?? { received: 0, sent: 0 };
    const { counters } = this.#handler.stats;
    counters.downstream_cx_rx_bytes_total += received;
    counters.downstream_cx_tx_bytes_total += sent;
    if (this.#chosen === undefined) return;
    const upstream = this.#chosen.cluster.stats.counters;
    upstream.upstream_cx_tx_bytes_total += received;
    upstream.upstream_cx_rx_bytes_total += sent;
  }

  #log(): void {
    const { received, sent } = this.#relay?.counters ?? { received: 0, sent: 0 };
    const outcome = {
      responseFlags: this.#flags,
      upstreamTransportFailureReason: this.#failure === '' ? undefined : this.#failure,
      bytesReceived: received,
      bytesSent: sent,
      upstreamHost: this.#chosen === undefined ? undefined : hostText(this.#chosen.host.address),
      upstreamLocalAddress: this.#upstreamLocal,
      upstreamCluster: this.#clusterName,
    };
    this.#handler.logger.log(connectionContext(this.#downstream.info, outcome));
  }
}

/** Until both sides are there nothing is read; only an end is of interest. */
class Waiting implements ByteSink {
  readonly #onClose: (error: Error | undefined) => void;

  constructor(onClose: (error: Error | undefined) => void) {
    this.#onClose = onClose;
  }

  onData(): void {}

  onEnd(): void {}

  onDrain(): void {}

  onClose(error: Error | undefined): void {
    this.#onClose(error);
  }
}
