// What is counted of a cluster, by Envoy's names (docs: "Cluster manager / Statistics").
import { Histogram } from './histogram.ts';
import { ResponseCodes, type StatGroup } from './metrics-registry.ts';

/** Answers, beside their sum. */
interface MoreCodes {
  /** By where the request came from. */
  readonly byOrigin: { readonly internal: ResponseCodes; readonly external: ResponseCodes };
  /** Those that were followed by another try. */
  readonly retry: ResponseCodes;
}

export type ClusterStats = ReturnType<typeof clusterStats>;

/** `name` is the cluster's `alt_stat_name`, or its name; colons in it become underscores, as Envoy has it. */
export function clusterStats(name: string) {
  const internal = new ResponseCodes('internal.upstream_rq');
  const external = new ResponseCodes('external.upstream_rq');
  const retry = new ResponseCodes('retry.upstream_rq');
  return {
    prefix: clusterPrefix(name),
    counters: clusterCounters(),
    gauges: {
      upstream_cx_active: 0,
      upstream_cx_rx_bytes_buffered: 0,
      upstream_cx_tx_bytes_buffered: 0,
      upstream_rq_active: 0,
      upstream_rq_pending_active: 0,
      membership_healthy: 0,
      membership_degraded: 0,
      membership_excluded: 0,
      membership_total: 0,
      max_host_weight: 0,
      version: 0,
      warming_state: 0,
    },
    codes: new ResponseCodes('upstream_rq'),
    byOrigin: { internal, external },
    retry,
    moreCodes: [internal, external, retry],
    histograms: {
      upstream_cx_connect_ms: new Histogram(),
      upstream_cx_length_ms: new Histogram(),
      upstream_rq_per_cx: new Histogram(),
    },
    lateHistograms: {
      upstream_rq_time: new Histogram(),
      'internal.upstream_rq_time': new Histogram(),
      'external.upstream_rq_time': new Histogram(),
    },
  } satisfies StatGroup & MoreCodes;
}

/** An answer for a client, the upstream's or our own. `timeMs` since the request's end; undefined: that has not come. */
export function countAnswer(
  { counters, codes, byOrigin, lateHistograms }: ClusterStats,
  status: number,
  isInternal: boolean,
  timeMs: number | undefined,
): void {
  counters.upstream_rq_completed++;
  codes.add(status);
  byOrigin[isInternal ? 'internal' : 'external'].add(status);
  if (timeMs === undefined) return;
  lateHistograms.upstream_rq_time.add(timeMs);
  lateHistograms[isInternal ? 'internal.upstream_rq_time' : 'external.upstream_rq_time'].add(timeMs);
}

export type EndpointStats = ReturnType<typeof endpointStats>;

/** Of endpoints that come over xDS, beside what every cluster counts. */
export function endpointStats(prefix: string) {
  return {
    prefix,
    counters: { update_rejected: 0, init_fetch_timeout: 0 },
    gauges: { update_time: 0 },
    lateHistograms: { update_duration: new Histogram() },
  } satisfies StatGroup;
}

/** What requests of one priority use, and may use, of a cluster. */
export interface BreakerLoad {
  readonly limits: {
    readonly maxConnections: number;
    readonly maxPendingRequests: number;
    readonly maxRequests: number;
    readonly maxRetries: number;
  };
  readonly connections: number;
  readonly pending: number;
  readonly requests: number;
  readonly retries: number;
}

/** `cluster.NAME.circuit_breakers.default.*`: whether one more would be too many. Read when somebody asks. */
export function breakerStats(name: string, priority: 'default' | 'high', load: BreakerLoad): StatGroup {
  const { limits } = load;
  return {
    prefix: `${clusterPrefix(name)}.circuit_breakers.${priority}`,
    counters: {},
    gauges: {
      get cx_open() {
        return load.connections >= limits.maxConnections ? 1 : 0;
      },
      // Pools come with hosts, and are not limited.
      cx_pool_open: 0,
      get rq_open() {
        return load.requests >= limits.maxRequests ? 1 : 0;
      },
      get rq_pending_open() {
        return load.pending >= limits.maxPendingRequests ? 1 : 0;
      },
      get rq_retry_open() {
        return load.retries >= limits.maxRetries ? 1 : 0;
      },
    },
  };
}

function clusterPrefix(name: string): string {
  return `cluster.${name.replaceAll(':', '_')}`;
}

function clusterCounters() {
  return {
    upstream_cx_total: 0,
    upstream_cx_http1_total: 0,
    upstream_cx_http2_total: 0,
    upstream_cx_connect_fail: 0,
    upstream_cx_connect_timeout: 0,
    upstream_cx_connect_attempts_exceeded: 0,
    upstream_cx_overflow: 0,
    upstream_cx_pool_overflow: 0,
    upstream_cx_destroy: 0,
    upstream_cx_destroy_local: 0,
    upstream_cx_destroy_remote: 0,
    upstream_cx_destroy_with_active_rq: 0,
    upstream_cx_destroy_local_with_active_rq: 0,
    upstream_cx_destroy_remote_with_active_rq: 0,
    upstream_cx_none_healthy: 0,
    upstream_cx_close_notify: 0,
    upstream_cx_idle_timeout: 0,
    upstream_cx_max_requests: 0,
    upstream_cx_max_duration_reached: 0,
    upstream_cx_protocol_error: 0,
    upstream_cx_rx_bytes_total: 0,
    upstream_cx_tx_bytes_total: 0,
    upstream_rq_total: 0,
    upstream_rq_completed: 0,
    upstream_rq_cancelled: 0,
    upstream_rq_timeout: 0,
    upstream_rq_maintenance_mode: 0,
    upstream_rq_max_duration_reached: 0,
    upstream_rq_per_try_timeout: 0,
    upstream_rq_per_try_idle_timeout: 0,
    upstream_rq_rx_reset: 0,
    upstream_rq_tx_reset: 0,
    upstream_rq_retry: 0,
    upstream_rq_retry_success: 0,
    upstream_rq_retry_overflow: 0,
    upstream_rq_retry_limit_exceeded: 0,
    upstream_rq_retry_backoff_exponential: 0,
    upstream_rq_retry_backoff_ratelimited: 0,
    upstream_rq_pending_total: 0,
    upstream_rq_pending_overflow: 0,
    upstream_rq_pending_failure_eject: 0,
    upstream_flow_control_paused_reading_total: 0,
    upstream_flow_control_resumed_reading_total: 0,
    upstream_flow_control_backed_up_total: 0,
    upstream_flow_control_drained_total: 0,
    upstream_internal_redirect_failed_total: 0,
    upstream_internal_redirect_succeeded_total: 0,
    membership_change: 0,
    update_attempt: 0,
    update_success: 0,
    update_failure: 0,
    update_empty: 0,
    update_no_rebuild: 0,
    lb_healthy_panic: 0,
    lb_recalculate_zone_structures: 0,
    assignment_stale: 0,
    assignment_timeout_received: 0,
    original_dst_host_invalid: 0,
    retry_or_shadow_abandoned: 0,
    bind_errors: 0,
  };
}
