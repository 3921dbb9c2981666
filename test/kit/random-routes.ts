// Random route tables as Envoy's JSON, and requests that are likely to meet them. All from one seed.
import * as values from './random-route-values.ts';

export interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

type Json = { readonly [key: string]: unknown };

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class RandomRoutes {
  readonly #random: () => number;
  readonly #clusters: readonly string[];

  constructor(random: () => number, clusters: readonly string[]) {
    this.#random = random;
    this.#clusters = clusters;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!;
  }

  #several<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#below(most + 1) }, make);
  }

  #path(): string {
    return `/${this.#several(3, () => this.#one(values.segments)).join('/')}${this.#chance(0.2) ? '/' : ''}`;
  }

  /** A RouteConfiguration. */
  table(name: string): Json {
    const taken = new Set<string>();
    const hosts: Json[] = [];
    for (let at = 0; at < 1 + this.#below(4); at++) {
      const wanted = at === 0 && this.#chance(0.8) ? ['*'] : this.#several(3, () => this.#one(values.domains));
      const free = [...new Set(wanted)].filter((domain) => !taken.has(domain.toLowerCase()));
      for (const domain of free) taken.add(domain.toLowerCase());
      if (free.length > 0) hosts.push(this.#virtualHost(`host-${at}`, free));
    }
    return {
      name,
      virtual_hosts: hosts,
      ...this.#headerOperations(),
      ...(this.#chance(0.3) && { most_specific_header_mutations_wins: true }),
      ...(this.#chance(0.5) && { ignore_port_in_host_matching: true }),
      ...(this.#chance(0.2) && { ignore_path_parameters_in_path_matching: true }),
    };
  }

  #virtualHost(name: string, hostDomains: readonly string[]): Json {
    return {
      name,
      domains: hostDomains,
      routes: Array.from({ length: 1 + this.#below(9) }, (_, at) => this.#route(`${name}-route-${at}`)),
      ...(this.#chance(0.1) && { require_tls: this.#one(['ALL', 'EXTERNAL_ONLY']) }),
      ...this.#headerOperations(),
      ...this.#filters(0.15),
      ...(this.#chance(0.2) && { include_request_attempt_count: true }),
    };
  }

  #route(name: string): Json {
    return { name, match: this.#match(), ...this.#action(), ...this.#headerOperations(), ...this.#filters(0.15) };
  }

  #match(): Json {
    return {
      ...this.#pathMatch(),
      ...(this.#chance(0.3) && { headers: [this.#headerMatch(), ...this.#several(1, () => this.#headerMatch())] }),
      ...(this.#chance(0.2) && { query_parameters: [this.#queryMatch()] }),
      ...(this.#chance(0.05) && { grpc: {} }),
      ...(this.#chance(0.1) && { runtime_fraction: { default_value: { numerator: this.#one([0, 100]) } } }),
    };
  }

  #pathMatch(): Json {
    const caseless = this.#chance(0.3) ? { case_sensitive: false } : {};
    switch (this.#below(5)) {
      case 0:
        return { path: this.#path(), ...caseless };
      case 1:
        return { path_separated_prefix: this.#path().replace(/\/+$/, '') || '/api', ...caseless };
      case 2:
        return { safe_regex: { regex: this.#one(values.pathPatterns) } };
      default:
        return { prefix: this.#chance(0.3) ? '/' : this.#path(), ...caseless };
    }
  }

  #stringMatch(): Json {
    const kind = this.#one(['exact', 'prefix', 'suffix', 'contains', 'safe_regex']);
    if (kind === 'safe_regex') return { safe_regex: { regex: this.#one(values.textPatterns) } };
    const value = this.#one(values.headerValues);
    // Envoy refuses all but an exact match on nothing.
    const text = value === '' && kind !== 'exact' ? 'a' : value;
    return { [kind]: text, ...(this.#chance(0.3) && { ignore_case: true }) };
  }

  #headerMatch(): Json {
    const name = this.#one([...values.headerNames, ':method', ':authority', ':path', ':scheme', 'X-A', 'host']);
    const invert = {
      ...(this.#chance(0.3) && { invert_match: true }),
      ...(this.#chance(0.3) && { treat_missing_header_as_empty: true }),
    };
    switch (this.#below(5)) {
      case 0:
        return { name, present_match: this.#chance(0.7), ...invert };
      case 1:
        return { name: 'x-num', range_match: { start: this.#below(8) - 4, end: 6 + this.#below(6) }, ...invert };
      case 2:
        return { name, ...invert };
      default:
        return { name, string_match: this.#stringMatch(), ...invert };
    }
  }

  #queryMatch(): Json {
    const name = this.#one(values.queryNames);
    return this.#chance(0.3) ? { name, present_match: this.#chance(0.7) } : { name, string_match: this.#stringMatch() };
  }

  #action(): Json {
    const drawn = this.#random();
    if (drawn < 0.15)
      return {
        direct_response: { status: this.#one([200, 201, 302, 404, 503]), body: { inline_string: 'said here' } },
      };
    if (drawn < 0.4) return { redirect: this.#redirect() };
    return { route: this.#forward() };
  }

  #redirect(): Json {
    const path = this.#one<Json>([
      {},
      { path_redirect: '/new' },
      { path_redirect: 'new' },
      { path_redirect: '/new?n=1' },
      { prefix_rewrite: '/p' },
      { prefix_rewrite: '/' },
      { regex_rewrite: this.#regexRewrite() },
    ]);
    return {
      ...path,
      ...this.#one<Json>([{}, { https_redirect: true }, { scheme_redirect: 'https' }, { scheme_redirect: 'ftp' }]),
      ...(this.#chance(0.4) && { host_redirect: 'new.com' }),
      ...(this.#chance(0.3) && { port_redirect: 8443 }),
      ...(this.#chance(0.3) && { strip_query: true }),
      response_code: this.#one(values.statuses),
    };
  }

  #regexRewrite(): Json {
    const [regex, substitution] = this.#one([
      ['^/(a|b)', '/x\\1'],
      ['/([^/]+)', '/\\1\\1'],
      ['a', ''],
      ['x*', '-'],
      ['^/([^/]*)/(.*)$', '/\\2/\\1'],
      ['b*', '<\\0>'],
      ['[.]', '\\\\'],
    ] as const);
    return { pattern: { regex }, substitution };
  }

  #forward(): Json {
    return {
      ...this.#target(),
      ...this.#one<Json>([
        {},
        {},
        { prefix_rewrite: '/p' },
        { prefix_rewrite: '/' },
        { regex_rewrite: this.#regexRewrite() },
      ]),
      ...this.#one<Json>([
        {},
        {},
        { host_rewrite_literal: 'rewritten.com' },
        { host_rewrite_header: 'x-a' },
        { host_rewrite_path_regex: { pattern: { regex: '^/(\\w*).*$' }, substitution: '\\1.path' } },
        { auto_host_rewrite: true },
      ]),
      ...(this.#chance(0.2) && { append_x_forwarded_host: true }),
      ...this.#one<Json>([{}, { timeout: '0s' }, { timeout: '7s' }]),
      ...(this.#chance(0.1) && { max_grpc_timeout: this.#one(['0s', '3s']) }),
      ...(this.#chance(0.2) && {
        retry_policy: { retry_on: '5xx', ...(this.#chance(0.5) && { per_try_timeout: '2s' }) },
      }),
    };
  }

  #target(): Json {
    switch (this.#below(4)) {
      case 0:
        return { cluster_header: 'x-cluster' };
      case 1:
        return { weighted_clusters: this.#weightedClusters() };
      default:
        return { cluster: this.#one(this.#clusters) };
    }
  }

  /** Either one of them gets all, or a header decides: chance is not to be compared. */
  #weightedClusters(): Json {
    const entry = (weight: number): Json => ({
      name: this.#one(this.#clusters),
      weight,
      ...this.#headerOperations(),
      ...(this.#chance(0.2) && { host_rewrite_literal: 'weighted.com' }),
    });
    if (this.#chance(0.4)) return { clusters: [entry(0), entry(100), entry(0)] };
    return {
      clusters: [entry(this.#below(5)), entry(1 + this.#below(9)), entry(this.#below(3))],
      header_name: 'x-draw',
    };
  }

  /** Filters of the chain, as a route or a virtual host sets them. */
  #filters(share: number): Json {
    const configs = {
      ...(this.#chance(share) && { 'envoy.filters.http.cors': this.#cors() }),
      ...(this.#chance(share / 2) && { 'envoy.filters.http.fault': this.#fault() }),
    };
    return Object.keys(configs).length === 0 ? {} : { typed_per_filter_config: configs };
  }

  #cors(): Json {
    return {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy',
      allow_origin_string_match: this.#several(2, () =>
        this.#one<Json>([
          { exact: 'http://a.com' },
          { exact: '*' },
          { prefix: 'http://' },
          { safe_regex: { regex: '.*[.]com' } },
        ]),
      ),
      ...(this.#chance(0.6) && { allow_methods: this.#one(['GET,POST', '*']) }),
      ...(this.#chance(0.5) && { allow_headers: this.#one(['x-a', '*']) }),
      ...(this.#chance(0.5) && { expose_headers: 'x-b' }),
      ...(this.#chance(0.3) && { max_age: '600' }),
      ...(this.#chance(0.4) && { allow_credentials: this.#chance(0.7) }),
      ...(this.#chance(0.4) && { forward_not_matching_preflights: this.#chance(0.5) }),
      ...(this.#chance(0.3) && { filter_enabled: { default_value: { numerator: this.#one([0, 100]) } } }),
      ...(this.#chance(0.2) && { allow_private_network_access: true }),
    };
  }

  #fault(): Json {
    const by = this.#one<Json>([{ http_status: 418 }, { grpc_status: 14 }, { header_abort: {} }]);
    return {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
      abort: { ...by, percentage: { numerator: this.#one([0, 100, 100]) } },
      ...(this.#chance(0.3) && { headers: [this.#headerMatch()] }),
      ...(this.#chance(0.3) && { upstream_cluster: this.#one(this.#clusters) }),
    };
  }

  #headerOperations(): Json {
    if (this.#chance(0.6)) return {};
    return {
      request_headers_to_add: this.#several(2, () => this.#headerToAdd()),
      request_headers_to_remove: this.#several(1, () => this.#one(values.headerNames)),
      response_headers_to_add: this.#several(2, () => this.#headerToAdd()),
      response_headers_to_remove: this.#several(1, () => this.#one(['x-from', 'x-a'])),
    };
  }

  #headerToAdd(): Json {
    return {
      header: {
        key: this.#one(['x-a', 'x-b', 'x-new', 'user-agent', 'x-from', 'X-Case']),
        value: this.#one(values.formats),
      },
      append_action: this.#one(values.appendActions),
      ...(this.#chance(0.2) && { keep_empty_value: true }),
    };
  }

  request(): RandomRequest {
    const headers: [string, string][] = this.#several(3, () => [
      this.#one(values.headerNames),
      this.#one(values.headerValues),
    ]);
    if (this.#chance(0.8)) headers.push(['x-cluster', this.#one([...this.#clusters, 'missing'])]);
    headers.push(['x-draw', String(this.#below(40))]);
    if (this.#chance(0.1))
      headers.push([
        'content-type',
        this.#one(['application/grpc', 'application/grpc+proto', 'application/grpc-web', 'application/grpc;a=b']),
      ]);
    if (this.#chance(0.1)) headers.push(['x-forwarded-proto', this.#one(['http', 'https'])]);
    if (this.#chance(0.1)) headers.push(['x-forwarded-host', this.#one(['a.com', 'o.com,a.com'])]);
    if (this.#chance(0.1)) headers.push(['x-envoy-upstream-rq-timeout-ms', this.#one(['1500', '0', 'x'])]);
    if (this.#chance(0.1)) headers.push(['x-envoy-upstream-rq-per-try-timeout-ms', this.#one(['500', '90000', 'x'])]);
    if (this.#chance(0.1)) headers.push(['grpc-timeout', this.#one(['500m', '9S', '1H'])]);
    if (this.#chance(0.3)) headers.push(['origin', this.#one(['http://a.com', 'https://b.com', 'null', ''])]);
    if (this.#chance(0.3)) headers.push(['access-control-request-method', this.#one(['GET', 'PUT', ''])]);
    if (this.#chance(0.1)) headers.push(['access-control-request-headers', 'x-c']);
    if (this.#chance(0.1)) headers.push(['access-control-request-private-network', 'true']);
    if (this.#chance(0.1)) headers.push(['x-envoy-fault-abort-request', this.#one(['429', '99', 'x'])]);
    if (this.#chance(0.1)) headers.push(['x-envoy-fault-abort-grpc-request', this.#one(['5', 'x'])]);
    return {
      method: this.#one(['GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE']),
      path: this.#path() + this.#one(values.queries),
      host: this.#one(values.hostNames) + this.#one(['', '', '', ':80', ':443', ':8080']),
      headers,
    };
  }
}
