// The names under which both proxies tell what they count, after the same configuration and traffic. What only one of them has, is
// listed here, with the reason.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { envoyPath } from '../../scripts/envoy-peer.ts';
import { keepsStat } from '../../src/agent/stats-config.ts';
import { readCaseFiles } from './case.ts';
import { ConformanceWorld } from './conformance-world.ts';
import type { ProxyKind } from './proxy-under-test.ts';

const chosen =
  /^(retry|keep-alive|direct-response|redirect|timeouts|cors|fault|prefix|mirror|upgrade|malformed|filter-chain-match|balancing|istio)-00/;

/** Names that only Envoy has. */
const envoyOnly: readonly (readonly [RegExp, why: string])[] = [
  [/^cluster\.(xds|xds-grpc)\./, 'the connection to the control plane is none of the clusters'],
  [
    /^(http|listener)\.(admin|async-client)\b/,
    'neither the admin endpoint nor mirrored copies are a connection manager',
  ],
  [/^cluster\.NAME\.lb_(subsets|zone|local_cluster)_/, 'subsets and zones are not balanced by'],
  [/http3|_0rtt|0_rtt|preconnect/, 'there is no HTTP/3, no early data and no preconnecting'],
  [/^cluster\.NAME\.http1\./, 'what Envoy tells here of HTTP/1.1 upstreams is a protocol error, and counted as one'],
  [/^cluster\.NAME\.default\.total_match_count$/, 'Envoy’s transport socket matches, which there are none of'],
  [/^cluster\.NAME\.assignment_use_cached$/, 'endpoints do not expire'],
  [
    /^cluster\.NAME\.upstream_(rq_active_overflow|queue_overloaded|rq_rx_reset_no_error)$/,
    'not told apart from the others',
  ],
  [
    /^cluster_manager\.(cluster_updated_via_merge|update_merge_cancelled|update_out_of_merge_window)$/,
    'updates are not merged',
  ],
  [/^http\.NAME\.rds\.ROUTES\.update_empty$/, 'an update of routes has some'],
  [
    /\.(version_text|cds\.version|lds\.version|ROUTES\.version)$|^server\.version$/,
    'versions are in /config_dump; a 64-bit hash is no number in JavaScript',
  ],
  [/^listener_manager\.(listener_stopped|workers_pinned)$/, 'there is one worker, and it is never stopped alone'],
  [/^listener\.ADDRESS\.(network_)?extension_config_missing$/, 'filters do not come over ECDS'],
  [/^listener\.ADDRESS\.connections_accepted_per_socket_event$/, 'Node accepts in its own loop'],
  [/^http\.NAME\.tracing\./, 'there is no tracing'],
  [/^http\.NAME\.passthrough_internal_redirect_/, 'internal redirects are refused as configuration'],
  [
    /^http\.NAME\.(downstream_cx_http1_soft_drain|downstream_rq_too_many_premature_resets|rq_overload_local_reply)$/,
    'never done',
  ],
  [
    /^http\.NAME\.fault\.(faults_overflow|response_rl_injected)$/,
    'a fault over the limit is none; rates are not limited',
  ],
  [/^server\.(main_thread|worker_0)\.watchdog_/, 'there is no watchdog thread'],
  [
    /^server\.(compilation_settings|hot_restart_generation|wip_protos|static_unknown_fields|dynamic_unknown_fields)/,
    'Envoy’s build',
  ],
  [
    /^server\.(debug_assertion_failures|dropped_stat_flushes|envoy_notifications|stats_recent_lookups)$/,
    'Envoy’s own working',
  ],
  [/^server\.seconds_until_first_ocsp_response_expiring$/, 'no OCSP responses are stapled'],
];

/** Names that only the embedded proxy has. */
const embeddedOnly: readonly (readonly [RegExp, why: string])[] = [];

const rooms = /^(cluster|http|listener|server|cluster_manager|listener_manager)\./;

/** Without what differs from case to case. */
function generalName(name: string): string {
  return name
    .replace(/^cluster\.[a-z-]+-\d{3}\.\w+\./, 'cluster.NAME.')
    .replace(/^http\.[a-z-]+-\d{3}\./, 'http.NAME.')
    .replace(/^http\.NAME\.rds\..+\.(?=\w+$)/, 'http.NAME.rds.ROUTES.')
    .replace(/^listener\.[\d.]+_\d+\./, 'listener.ADDRESS.')
    .replace(/^listener\.ADDRESS\.http\.[a-z-]+-\d{3}\./, 'listener.ADDRESS.http.NAME.')
    .replace(/_rq_\d{3}$/, '_rq_STATUS');
}

async function namesOf(kind: ProxyKind): Promise<ReadonlySet<string>> {
  const cases = readCaseFiles()
    .flatMap((file) => file.cases)
    .filter(({ name }) => chosen.test(name));
  const world = new ConformanceWorld(kind);
  try {
    await world.start(cases);
    await world.runAll(cases);
    const text = await world.admin('/stats');
    const names = [...text.matchAll(/^(.+?): /gm)].map(([, name = '']) => name);
    return new Set(names.filter((name) => rooms.test(name)).map(generalName));
  } finally {
    await world.close();
  }
}

function missing(
  names: ReadonlySet<string>,
  from: ReadonlySet<string>,
  expected: readonly (readonly [RegExp, string])[],
): string[] {
  return [...names].filter((name) => !from.has(name) && !expected.some(([pattern]) => pattern.test(name)));
}

describe('names of statistics', { skip: existsSync(envoyPath()) ? false : 'no Envoy here' }, () => {
  let envoy: ReadonlySet<string>;
  let embedded: ReadonlySet<string>;

  before(async () => {
    envoy = await namesOf('envoy');
    embedded = await namesOf('embedded');
  });

  test('what Envoy tells, the embedded proxy tells too', () => {
    assert.ok(envoy.size > 300, String(envoy.size));
    assert.deepEqual(missing(envoy, embedded, envoyOnly), []);
  });

  test('what the embedded proxy tells, Envoy tells too', () => {
    assert.deepEqual(missing(embedded, envoy, embeddedOnly), []);
  });

  test('the lists name nothing that both have, and nothing that there is not', () => {
    for (const [[pattern], only, other] of [
      ...envoyOnly.map((row) => [row, envoy, embedded] as const),
      ...embeddedOnly.map((row) => [row, embedded, envoy] as const),
    ]) {
      assert.ok(
        [...only].some((name) => pattern.test(name)),
        String(pattern),
      );
      assert.deepEqual(
        [...other].filter((name) => pattern.test(name)),
        [],
        String(pattern),
      );
    }
  });

  test('under Istio’s inclusion list the same is left', () => {
    const kept = [...envoy].filter(keepsStat).filter((name) => !envoyOnly.some(([pattern]) => pattern.test(name)));
    assert.ok(kept.length > 30, String(kept.length));
    assert.deepEqual(
      kept.filter((name) => !embedded.has(name)),
      [],
    );
  });
});
