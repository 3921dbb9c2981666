// Resources for tests from a part of one: what stands around the part, its path in the resource, and how Envoy would be given it.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

export type ResourceType = 'listener' | 'route' | 'cluster' | 'endpoints' | 'secret';

export interface XdsCase {
  readonly name: string;
  /** What `value` is: a whole resource or a part of one. */
  readonly in: keyof typeof surroundings;
  readonly value: JsonValue;
  /** Path of the issue, below the part. */
  readonly at: string;
  readonly code: string;
  /** Whether a real Envoy refuses it too: the rule, if nothing is said. */
  readonly envoy?: 'takes' | 'untried';
  /** The issue brings others with it. */
  readonly others?: boolean;
}

export interface XdsResource {
  readonly type: ResourceType;
  readonly json: JsonObject;
  /** Where the part stands in it. */
  readonly path: string;
}

const prefix = 'type.googleapis.com/envoy.extensions.';
const tcp: JsonObject = {
  name: 'tcp',
  typed_config: { '@type': `${prefix}filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: 'a', cluster: 'a' },
};
const router: JsonObject = { name: 'router', typed_config: { '@type': `${prefix}filters.http.router.v3.Router` } };
const optionsKey = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

const routes = (value: JsonObject): JsonObject => ({ name: 'routes', validate_clusters: false, ...value });
const host = (value: JsonObject): JsonObject => routes({ virtual_hosts: [value] });
const route = (value: JsonObject): JsonObject => host({ name: 'a', domains: ['*'], routes: [value] });
const routePath = 'virtual_hosts[0].routes[0]';
const listener = (value: JsonObject): JsonObject => ({
  name: 'listener',
  address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
  filter_chains: [{ filters: [tcp] }],
  ...value,
});
const filters = (value: JsonValue): JsonObject => listener({ filter_chains: [{ filters: value }] });
const filterPath = 'filter_chains[0].filters[0].typed_config';
const manager = (value: JsonObject): JsonObject => {
  const type = `${prefix}filters.network.http_connection_manager.v3.HttpConnectionManager`;
  const inside = { stat_prefix: 'a', route_config: route(answer), http_filters: [router], ...value };
  return filters([{ name: 'manager', typed_config: { '@type': type, ...withoutNull(inside) } }]);
};
const answer: JsonObject = { match: { prefix: '/' }, direct_response: { status: 200 } };
const log = (value: JsonObject, more: JsonObject = {}): JsonObject => {
  const type = `${prefix}access_loggers.file.v3.FileAccessLog`;
  return manager({ access_log: [{ name: 'file', typed_config: { '@type': type, ...value }, ...more }] });
};
const oneEndpoint: JsonObject = {
  cluster_name: 'a',
  endpoints: [
    { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 1 } } } }] },
  ],
};
const cluster = (value: JsonObject): JsonObject =>
  withoutNull({ name: 'a', type: 'STATIC', load_assignment: oneEndpoint, ...value });

type Around = (value: JsonObject) => XdsResource;

const inRoute =
  (path: string, around: (value: JsonObject) => JsonObject): Around =>
  (value) => ({ type: 'route', json: around(value), path });
const inListener =
  (path: string, around: (value: JsonObject) => JsonObject): Around =>
  (value) => ({ type: 'listener', json: around(value), path });
const inCluster =
  (path: string, around: (value: JsonObject) => JsonObject): Around =>
  (value) => ({ type: 'cluster', json: around(value), path });

const forward = (value: JsonObject): JsonObject => route({ match: { prefix: '/' }, route: value });

const surroundings = {
  routes: inRoute('', routes),
  host: inRoute('virtual_hosts[0]', host),
  route: inRoute(routePath, route),
  match: inRoute(`${routePath}.match`, (value) => route({ ...answer, match: value })),
  action: inRoute(`${routePath}.route`, forward),
  retry: inRoute(`${routePath}.route.retry_policy`, (value) => forward({ cluster: 'a', retry_policy: value })),
  redirect: inRoute(`${routePath}.redirect`, (value) => route({ match: { prefix: '/' }, redirect: value })),
  filterOfRoute: inRoute(`${routePath}.typed_per_filter_config.a`, (value) =>
    route({ ...answer, typed_per_filter_config: { a: value } }),
  ),
  listener: inListener('', listener),
  manager: inListener(filterPath, manager),
  log: inListener(`${filterPath}.access_log[0].typed_config`, (value) => log(value)),
  logFilter: inListener(`${filterPath}.access_log[0].filter`, (value) => log({ path: '/dev/null' }, { filter: value })),
  chainMatch: inListener('filter_chains[0].filter_chain_match', (value) =>
    listener({ filter_chains: [{ filter_chain_match: value, filters: [tcp] }] }),
  ),
  filters: inListener('filter_chains[0].filters', filters),
  tcp: inListener(filterPath, (value) =>
    filters([{ name: 'tcp', typed_config: { '@type': `${prefix}filters.network.tcp_proxy.v3.TcpProxy`, ...value } }]),
  ),
  cluster: inCluster('', cluster),
  options: inCluster(`typed_extension_protocol_options[${optionsKey}]`, (value) =>
    cluster({
      typed_extension_protocol_options: { [optionsKey]: { '@type': `type.googleapis.com/${optionsKey}`, ...value } },
    }),
  ),
  tls: inCluster('transport_socket.typed_config', (value) => {
    const type = `${prefix}transport_sockets.tls.v3.UpstreamTlsContext`;
    return cluster({ transport_socket: { name: 'tls', typed_config: { '@type': type, ...value } } });
  }),
  endpoints: (value): XdsResource => ({ type: 'endpoints', json: { ...oneEndpoint, ...value }, path: '' }),
  secret: (value): XdsResource => ({ type: 'secret', json: value, path: '' }),
} satisfies Record<string, Around>;

function withoutNull(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
}

/** In values, `LONG` stands for 5000 bytes and `TCP` for a filter that proxies TCP. */
export function resourceOf(given: XdsCase): XdsResource {
  const text = JSON.stringify(given.value)
    .replaceAll('"LONG"', JSON.stringify('x'.repeat(5000)))
    .replaceAll('"TCP"', JSON.stringify(tcp));
  return surroundings[given.in](JSON.parse(text) as JsonObject);
}

/** The resource as part of a bootstrap. */
export function staticResources({ type, json }: XdsResource): JsonObject {
  switch (type) {
    case 'listener':
      return { listeners: [json], clusters: [cluster({})] };
    case 'route':
      return { listeners: [manager({ route_config: json })] };
    case 'cluster':
      return { clusters: [json] };
    case 'endpoints':
      return { clusters: [cluster({ load_assignment: json })] };
    case 'secret':
      return { secrets: [json] };
  }
}
