// The admin endpoint's paths, and what answers them.
import type { JsonObject } from '@bufbuild/protobuf';
import { compileRegex } from '../../lib/re2.ts';
import { MeshError } from '../../lib/mesh-error.ts';
import type { MetricsRegistry } from '../../telemetry/metrics/metrics-registry.ts';
import { prometheusText, type StatsFilter, statsJson, statsText } from '../../telemetry/metrics/stats-text.ts';
import type { ClusterSet } from '../cluster/cluster-set.ts';
import type { ListenerSet } from '../listener/listener-set.ts';
import type { ConfigClient } from '../xds-client/config-client.ts';
import type { AdminAnswer, AdminRoute } from './admin-server.ts';
import { clustersJson, clustersText } from './clusters-text.ts';
import { configDump } from './config-dump.ts';

export interface AdminInputs {
  readonly config: ConfigClient;
  readonly clusters: ClusterSet;
  readonly listeners: ListenerSet;
  readonly metrics: MetricsRegistry;
  readonly node: JsonObject;
  readonly version: string;
  readonly startedAtMs: number;
  readonly state: () => 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING';
  readonly drain: (scope: 'inbound' | 'all') => void;
  readonly quit: () => void;
  /** Sets the level of the proxy's own log; false: there is no such level. */
  readonly setLogLevel: (level: string) => boolean;
  readonly logLevel: () => string;
}

export const statsPath = '/stats/prometheus';

export function adminRoutes(inputs: AdminInputs): readonly AdminRoute[] {
  const get = (path: string, help: string, answer: AdminRoute['answer']): AdminRoute => ({
    path,
    help,
    answer,
    changes: false,
  });
  const post = (path: string, help: string, answer: AdminRoute['answer']): AdminRoute => ({
    path,
    help,
    answer,
    changes: true,
  });
  return [
    get('/certs', 'print certs on machine', () => ({ body: { certificates: [] } })),
    get('/clusters', 'upstream cluster status', (query) => ({
      body: isJson(query) ? clustersJson(inputs.clusters.all) : clustersText(inputs.clusters.all),
    })),
    get('/config_dump', 'dump current proxy configs', (query) => ({ body: dump(inputs, query) })),
    post('/drain_listeners', 'drain listeners', (query) => {
      inputs.drain(query.has('inboundonly') ? 'inbound' : 'all');
      return { body: 'OK\n' };
    }),
    get('/init_dump', 'what is not warm yet', () => ({ body: initDump(inputs) })),
    get('/listeners', 'print listener info', (query) => ({ body: listeners(inputs.listeners, isJson(query)) })),
    post('/logging', 'query or change the log level: ?level=debug', (query) => logging(inputs, query)),
    get('/memory', 'print current allocation/heap usage', () => ({ body: memory() })),
    post('/quitquitquit', 'exit the proxy', () => {
      inputs.quit();
      return { body: 'OK\n' };
    }),
    get('/ready', 'print server state, return 200 if LIVE, otherwise return 503', () => {
      const state = inputs.state();
      return { status: state === 'LIVE' ? 200 : 503, body: `${state}\n` };
    }),
    get('/server_info', 'print server version/status information', () => ({ body: serverInfo(inputs) })),
    get('/stats', 'print server stats', (query) => stats(inputs.metrics, query)),
    get(statsPath, 'print server stats in prometheus format', (query) => ({
      body: prometheusText(inputs.metrics, statsFilter(query)),
    })),
  ];
}

function isJson(query: URLSearchParams): boolean {
  return query.get('format') === 'json';
}

function dump({ config, node }: AdminInputs, query: URLSearchParams): object {
  return configDump({
    accepted: (kind) => config.accepted(kind),
    bootstrap: { node },
    includeEndpoints: query.has('include_eds'),
  });
}

function initDump({ clusters, listeners: all }: AdminInputs): object {
  const waiting = [
    ...clusters.warming.map((name) => ({ name: `cluster ${name}` })),
    ...all.warming.map(({ name }) => ({ name: `listener ${name}` })),
  ];
  return { unready_targets_dumps: waiting };
}

function listeners(set: ListenerSet, asJson: boolean): string | object {
  const found = set.all.flatMap(({ config: { name, address } }) =>
    address.kind === 'socket' ? [{ name, host: address.host, port: address.port }] : [],
  );
  if (!asJson) return found.map(({ name, host, port }) => `${name}::${host}:${port}\n`).join('');
  return {
    listener_statuses: found.map(({ name, host, port }) => ({
      name,
      local_address: { socket_address: { address: host, port_value: port } },
    })),
  };
}

function logging({ setLogLevel, logLevel }: AdminInputs, query: URLSearchParams): AdminAnswer {
  const level = query.get('level');
  if (level !== null && !setLogLevel(level)) return { status: 400, body: `error: unknown log level ${level}\n` };
  return { body: `active loggers:\n  proxy: ${logLevel()}\n` };
}

function memory(): object {
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  return { allocated: String(heapUsed), heap_size: String(heapTotal), total_physical_bytes: String(rss) };
}

function serverInfo({ version, state, startedAtMs, node }: AdminInputs): object {
  const uptime = `${Math.round((Date.now() - startedAtMs) / 1000)}s`;
  return {
    version,
    state: state(),
    uptime_current_epoch: uptime,
    uptime_all_epochs: uptime,
    hot_restart_version: 'disabled',
    command_line_options: {},
    node,
  };
}

function stats(metrics: MetricsRegistry, query: URLSearchParams): AdminAnswer {
  const filter = statsFilter(query);
  switch (query.get('format') ?? 'text') {
    case 'text':
      return { body: statsText(metrics, filter) };
    case 'json':
      return { body: statsJson(metrics, filter) };
    case 'prometheus':
      return { body: prometheusText(metrics, filter) };
    default:
      return { status: 400, body: 'usage: /stats?format=(json|prometheus|text)\n' };
  }
}

/** The pattern is whoever asks' own: only an engine without backtracking may run it. */
function statsFilter(query: URLSearchParams): StatsFilter {
  const pattern = query.get('filter');
  const usedOnly = query.has('usedonly');
  if (pattern === null || pattern === '') return { usedOnly };
  const compiled = compileRegex(pattern);
  if (!compiled.ok) throw new MeshError('bad-filter', `Invalid re2 regex: ${compiled.problem}`);
  return { usedOnly, matches: (name) => compiled.regex.test(name) };
}
