// What is counted of HTTP connection managers, by Envoy's names (docs: "HTTP connection manager / Statistics").
import { Histogram } from './histogram.ts';
import { ResponseCodes, type StatGroup } from './metrics-registry.ts';

export type HttpStats = ReturnType<typeof httpStats>;

/** `statPrefix` as the manager's settings have it; colons in it become underscores. */
export function httpStats(statPrefix: string) {
  return {
    prefix: `http.${statPrefix.replaceAll(':', '_')}`,
    counters: httpCounters(),
    gauges: {
      downstream_cx_active: 0,
      downstream_cx_http1_active: 0,
      downstream_cx_http2_active: 0,
      downstream_cx_ssl_active: 0,
      downstream_cx_upgrades_active: 0,
      downstream_rq_active: 0,
      downstream_cx_rx_bytes_buffered: 0,
      downstream_cx_tx_bytes_buffered: 0,
    },
    codes: new ResponseCodes('downstream_rq', false),
    histograms: { downstream_rq_time: new Histogram(), downstream_cx_length_ms: new Histogram() },
  } satisfies StatGroup;
}

function httpCounters() {
  return {
    downstream_cx_total: 0,
    downstream_cx_http1_total: 0,
    downstream_cx_http2_total: 0,
    downstream_cx_ssl_total: 0,
    downstream_cx_upgrades_total: 0,
    downstream_cx_destroy: 0,
    downstream_cx_destroy_local: 0,
    downstream_cx_destroy_remote: 0,
    downstream_cx_destroy_active_rq: 0,
    downstream_cx_destroy_local_active_rq: 0,
    downstream_cx_destroy_remote_active_rq: 0,
    downstream_cx_drain_close: 0,
    downstream_cx_idle_timeout: 0,
    downstream_cx_max_duration_reached: 0,
    downstream_cx_max_requests_reached: 0,
    downstream_cx_overload_disable_keepalive: 0,
    downstream_cx_protocol_error: 0,
    downstream_cx_delayed_close_timeout: 0,
    downstream_cx_rx_bytes_total: 0,
    downstream_cx_tx_bytes_total: 0,
    downstream_flow_control_paused_reading_total: 0,
    downstream_flow_control_resumed_reading_total: 0,
    downstream_rq_total: 0,
    downstream_rq_http1_total: 0,
    downstream_rq_http2_total: 0,
    downstream_rq_completed: 0,
    downstream_rq_rx_reset: 0,
    downstream_rq_tx_reset: 0,
    downstream_rq_failed_path_normalization: 0,
    downstream_rq_header_timeout: 0,
    downstream_rq_idle_timeout: 0,
    downstream_rq_max_duration_reached: 0,
    downstream_rq_timeout: 0,
    downstream_rq_non_relative_path: 0,
    downstream_rq_overload_close: 0,
    downstream_rq_redirected_with_normalized_path: 0,
    downstream_rq_response_before_rq_complete: 0,
    downstream_rq_too_large: 0,
    downstream_rq_ws_on_non_ws_route: 0,
    downstream_rq_rejected_via_ip_detection: 0,
    no_route: 0,
    no_cluster: 0,
    rq_direct_response: 0,
    rq_redirect: 0,
    rq_reset_after_downstream_response_started: 0,
    rq_total: 0,
    rs_too_large: 0,
  };
}
