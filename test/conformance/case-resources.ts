// A case as xDS: a listener, route configurations and clusters of its own, so that all cases live in one proxy side by side.
import { createHash } from 'node:crypto';
import { createRegistry, type DescMessage, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { anySchemas } from '../../src/decide/config/decode/any-types.ts';
import { type EncodedResource, typeUrls } from '../../src/pilot/proxy-resources.ts';
import { ClusterSchema } from '../../src/proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../src/proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../src/proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../src/proto/gen/envoy/config/route/v3/route_pb.ts';
import type { Case, Chain, Json, JsonObject } from './case.ts';
import { printIstioRoutes } from './istio-routes.ts';

/** Where a case lives in this run. */
export interface Place {
  readonly address: string;
  readonly port: number;
  readonly log: string;
  readonly backends: ReadonlyMap<string, number>;
}

export interface CaseResource {
  readonly typeUrl: string;
  readonly resource: EncodedResource;
}

const registry = createRegistry(...anySchemas);
const ads = { ads: {}, resource_api_version: 'V3' };
/** Nothing listens on it. */
const refusedPort = 1;

export function resourcesOf(testCase: Case, place: Place): CaseResource[] {
  const clusters = clusterNames(testCase);
  const written = (value: Json): Json => withPlace(withTypes(value), testCase.name, clusters, place);
  const routes = routeConfigOf(testCase);
  return [
    encode(typeUrls.listener, ListenerSchema, testCase.name, written(listenerOf(testCase, place))),
    ...(routes === undefined ? [] : [encode(typeUrls.route, RouteConfigurationSchema, testCase.name, written(routes))]),
    ...clusters.flatMap((name) => clusterResources(testCase, name, place, written)),
  ];
}

export function clusterNames({ clusters, backends }: Case): string[] {
  return [...new Set([...Object.keys(clusters ?? {}), ...Object.keys(backends ?? { a: {} })])];
}

function encode(typeUrl: string, schema: DescMessage, name: string, json: Json): CaseResource {
  try {
    const bytes = toBinary(schema, fromJson(schema, json as JsonValue, { registry }));
    const version = createHash('sha1').update(bytes).digest('hex').slice(0, 8);
    return { typeUrl, resource: { name, version, bytes } };
  } catch (error) {
    throw new Error(`${name}: ${String(error)}\n${JSON.stringify(json, null, 1)}`, { cause: error });
  }
}

/** `$a` -> the case's cluster `a`, `$log` -> its log file; other dollars stay. */
function withPlace(value: Json, name: string, clusters: readonly string[], place: Place): Json {
  const text = JSON.stringify(value).replace(/\$([a-z][a-z0-9]*)(?![\w-])/g, (whole, word: string) => {
    if (word === 'log') return place.log;
    if (word === 'port') return String(place.port);
    return clusters.includes(word) ? `${name}.${word}` : whole;
  });
  return JSON.parse(text.replaceAll('"$port:number"', String(place.port))) as Json;
}

/** `"@type": "HTTPFault"` -> its full URL. */
function withTypes(value: Json): Json {
  if (Array.isArray(value)) return (value as Json[]).map(withTypes);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === '@type' && typeof each === 'string' ? typeUrlOf(each) : withTypes(each),
    ]),
  );
}

function typeUrlOf(name: string): string {
  if (name.includes('/')) return name;
  const found = anySchemas.find(({ typeName }) => typeName.endsWith(`.${name}`));
  if (found === undefined) throw new Error(`no message ${name}`);
  return `type.googleapis.com/${found.typeName}`;
}

const filterTypes: Readonly<Record<string, string>> = {
  cors: 'envoy.extensions.filters.http.cors.v3.Cors',
  fault: 'envoy.extensions.filters.http.fault.v3.HTTPFault',
  router: 'envoy.extensions.filters.http.router.v3.Router',
};

function httpFilter(filter: string | JsonObject): Json {
  if (typeof filter !== 'string') return filter;
  const type = `type.googleapis.com/${filterTypes[filter]}`;
  return { name: `envoy.filters.http.${filter}`, typed_config: { '@type': type } };
}

function routeConfigOf(testCase: Case): Json | undefined {
  const { name, routes, virtual_hosts: hosts, route_config: config, istio } = testCase;
  if (istio !== undefined) return { ...printIstioRoutes(istio), name };
  if (config !== undefined) return { ...config, name };
  if (hosts !== undefined) return { name, virtual_hosts: hosts };
  if (routes !== undefined) return { name, virtual_hosts: [{ name: 'all', domains: ['*'], routes }] };
  const everything = [{ match: { prefix: '/' }, route: { cluster: '$a' } }];
  return testCase.chains === undefined
    ? { name, virtual_hosts: [{ name: 'all', domains: ['*'], routes: everything }] }
    : undefined;
}

function accessLogs({ log }: Case): Json[] {
  if (log === undefined) return [];
  const format =
    log.json === undefined ? { text_format_source: { inline_string: `${log.text}\n` } } : { json_format: log.json };
  const config = { '@type': 'FileAccessLog', path: '$log', log_format: format };
  const entry = { name: 'file', typed_config: config };
  return [log.filter === undefined ? entry : { ...entry, filter: log.filter }];
}

function manager(testCase: Case, own: Chain['hcm']): Json {
  const { routes, ...overrides } = own ?? {};
  const { name } = testCase;
  const from: JsonObject =
    routes === undefined
      ? { rds: { route_config_name: name, config_source: ads } }
      : { route_config: { name: 'inline', virtual_hosts: [{ name: 'all', domains: ['*'], routes }] } };
  const config = {
    '@type': 'HttpConnectionManager',
    stat_prefix: name,
    ...from,
    http_filters: [...(testCase.filters ?? []), 'router'].map(httpFilter),
    access_log: accessLogs(testCase),
    delayed_close_timeout: '0.1s',
    ...testCase.hcm,
    ...overrides,
  };
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: config };
}

function chain(testCase: Case, { match, name, hcm, tcp }: Chain): Json {
  const proxy = { '@type': 'TcpProxy', stat_prefix: testCase.name, access_log: accessLogs(testCase), ...tcp };
  const filter =
    tcp === undefined ? manager(testCase, hcm) : { name: 'envoy.filters.network.tcp_proxy', typed_config: proxy };
  return {
    ...(name === undefined ? {} : { name }),
    ...(match === undefined ? {} : { filter_chain_match: match }),
    filters: [filter],
  };
}

function listenerOf(testCase: Case, { address, port }: Place): Json {
  const { name, chains = [{}], default_chain: last, listener, bind } = testCase;
  const host = bind === 'any' ? '0.0.0.0' : address;
  return {
    name,
    address: { socket_address: { address: host, port_value: port } },
    filter_chains: chains.map((each) => chain(testCase, each)),
    ...(last === undefined ? {} : { default_filter_chain: chain(testCase, last) }),
    ...listener,
  };
}

function clusterResources(testCase: Case, short: string, place: Place, written: (value: Json) => Json): CaseResource[] {
  const { hosts = [short], ...own } = testCase.clusters?.[short] ?? {};
  const name = `${testCase.name}.${short}`;
  const byEds = own['type'] === 'EDS';
  const assignment = { cluster_name: name, ...loadAssignment(hosts, place.backends) };
  const endpoints = own['type'] === 'ORIGINAL_DST' ? {} : { load_assignment: assignment };
  const from = byEds ? { eds_cluster_config: { eds_config: ads } } : endpoints;
  const cluster = written({ type: 'STATIC', connect_timeout: '1s', ...from, ...own, name } as Json);
  return [
    encode(typeUrls.cluster, ClusterSchema, name, cluster),
    ...(byEds ? [encode(typeUrls.endpoint, ClusterLoadAssignmentSchema, name, written(assignment as Json))] : []),
  ];
}

/** A host is a backend's name, or `{backend, ...LbEndpoint, priority}`. */
function loadAssignment(hosts: readonly (string | JsonObject)[], backends: ReadonlyMap<string, number>): JsonObject {
  const byPriority = new Map<number, Json[]>();
  for (const host of hosts) {
    const {
      backend,
      priority = 0,
      hostname,
      ...parts
    }: JsonObject = typeof host === 'string' ? { backend: host } : host;
    const port = backend === 'refused' ? refusedPort : backends.get(backend as string);
    if (port === undefined) throw new Error(`no backend ${JSON.stringify(backend)}`);
    const address = { socket_address: { address: '127.0.0.1', port_value: port } };
    const endpoint = hostname === undefined ? { address } : { address, hostname };
    const level = byPriority.get(Number(priority)) ?? [];
    byPriority.set(Number(priority), [...level, { endpoint, ...parts }]);
  }
  return { endpoints: [...byPriority].map(([priority, endpoints]) => ({ priority, lb_endpoints: endpoints })) };
}
