// What is counted of listeners and TCP proxies, by Envoy's names (docs: "Listeners / Statistics", "TCP proxy / Statistics").
import { Histogram } from './histogram.ts';
import type { StatGroup } from './metrics-registry.ts';

export type ListenerStats = ReturnType<typeof listenerStats>;

/** `address` as `0.0.0.0_15006`. */
export function listenerStats(address: string) {
  return {
    prefix: `listener.${address}`,
    counters: {
      downstream_cx_total: 0,
      downstream_cx_destroy: 0,
      downstream_cx_overflow: 0,
      downstream_cx_overload_reject: 0,
      downstream_global_cx_overflow: 0,
      downstream_cx_transport_socket_connect_timeout: 0,
      downstream_pre_cx_timeout: 0,
      downstream_listener_filter_error: 0,
      downstream_listener_filter_remote_close: 0,
      no_filter_chain_match: 0,
    },
    gauges: { downstream_cx_active: 0, downstream_pre_cx_active: 0 },
    histograms: { downstream_cx_length_ms: new Histogram() },
  } satisfies StatGroup;
}

/** Envoy's, by worker: there is one. */
export function workerStats({ prefix, counters, gauges }: ListenerStats): StatGroup {
  return {
    prefix: `${prefix}.worker_0`,
    counters: {
      get downstream_cx_total() {
        return counters.downstream_cx_total;
      },
    },
    gauges: {
      get downstream_cx_active() {
        return gauges.downstream_cx_active;
      },
    },
  };
}

export type TcpStats = ReturnType<typeof tcpStats>;

export function tcpStats(statPrefix: string) {
  return {
    prefix: `tcp.${statPrefix.replaceAll(':', '_')}`,
    counters: {
      downstream_cx_total: 0,
      downstream_cx_no_route: 0,
      downstream_cx_tx_bytes_total: 0,
      downstream_cx_rx_bytes_total: 0,
      downstream_flow_control_paused_reading_total: 0,
      downstream_flow_control_resumed_reading_total: 0,
      idle_timeout: 0,
      max_downstream_connection_duration: 0,
      upstream_flush_total: 0,
    },
    gauges: { downstream_cx_rx_bytes_buffered: 0, downstream_cx_tx_bytes_buffered: 0, upstream_flush_active: 0 },
  } satisfies StatGroup;
}
