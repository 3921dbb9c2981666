// Statistics come out under the names and labels that dashboards for Istio and Envoy ask for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterStats } from './cluster-stats.ts';
import { httpStats } from './http-stats.ts';
import { listenerStats, tcpStats } from './listener-stats.ts';
import { MetricsRegistry } from './metrics-registry.ts';
import { prometheusText, statsText } from './stats-text.ts';

function registry(): MetricsRegistry {
  const all = new MetricsRegistry();
  const cluster = all.add(clusterStats('outbound|80||reviews.shop.svc.cluster.local;'));
  cluster.counters.upstream_rq_total += 3;
  cluster.codes.add(503);
  cluster.lateHistograms.upstream_rq_time.add(7);
  all.add(httpStats('outbound_0.0.0.0_9080;')).codes.add(200);
  all.add(listenerStats('0.0.0.0_15006')).gauges.downstream_cx_active += 2;
  all.add(tcpStats('outbound|3306||db.shop.svc.cluster.local')).counters.downstream_cx_total += 1;
  return all;
}

test('as Envoy prints them', () => {
  assert.equal(
    statsText(registry(), { usedOnly: true, matches: (name) => !name.startsWith('tcp.') }),
    [
      'cluster.outbound|80||reviews.shop.svc.cluster.local;.upstream_rq_503: 1',
      'cluster.outbound|80||reviews.shop.svc.cluster.local;.upstream_rq_5xx: 1',
      'cluster.outbound|80||reviews.shop.svc.cluster.local;.upstream_rq_total: 3',
      'http.outbound_0.0.0.0_9080;.downstream_rq_2xx: 1',
      'listener.0.0.0.0_15006.downstream_cx_active: 2',
      'cluster.outbound|80||reviews.shop.svc.cluster.local;.upstream_rq_time: P0(nan,10) P25(nan,10) P50(nan,10) ' +
        'P75(nan,10) P90(nan,10) P95(nan,10) P99(nan,10) P99.5(nan,10) P99.9(nan,10) P100(nan,10)',
      '',
    ].join('\n'),
  );
});

test('as Prometheus reads them, with Istio’s labels', () => {
  const text = prometheusText(registry(), { usedOnly: true });
  for (const line of [
    '# TYPE envoy_cluster_upstream_rq counter',
    'envoy_cluster_upstream_rq{cluster_name="outbound|80||reviews.shop.svc.cluster.local",response_code="503"} 1',
    'envoy_cluster_upstream_rq{cluster_name="outbound|80||reviews.shop.svc.cluster.local",response_code_class="5xx"} 1',
    'envoy_listener_downstream_cx_active{listener_address="0.0.0.0_15006"} 2',
    'envoy_tcp_downstream_cx_total{tcp_prefix="outbound|3306||db.shop.svc.cluster.local"} 1',
    'envoy_cluster_upstream_rq_time_bucket{cluster_name="outbound|80||reviews.shop.svc.cluster.local",le="5"} 0',
    'envoy_cluster_upstream_rq_time_bucket{cluster_name="outbound|80||reviews.shop.svc.cluster.local",le="+Inf"} 1',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line}\nnot in\n${text}`);
  }
});
