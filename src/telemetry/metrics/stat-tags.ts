// How statistics' names split into labels: Istio's settings for its proxies, so that dashboards carry over. One list for both
// proxies; a real Envoy gets it in its bootstrap.

/** An address within a statistic's name: dots and colons come as underscores. */
const address = '(?:[_.[:digit:]]*|[_\\[\\]aAbBcCdDeEfF[:digit:]]*)';

/** The first group is cut out of the name, the second becomes the label's value. */
export const statTags: Readonly<Record<string, string>> = {
  // Pilot ends prefixes with `;`, so that a name's own dots do not cut it short.
  cluster_name: '^cluster\\.(([^;.|]+|[^;]+\\|[^;]*);?\\.)',
  tcp_prefix: '^tcp\\.((.*?)\\.)\\w+?$',
  response_code: '_rq(_(\\d{3}))$',
  response_code_class: '_rq(_(\\dxx))$',
  http_conn_manager_listener_prefix: `^listener(?=\\.).*?\\.http\\.((${address})\\.)`,
  http_conn_manager_prefix: '^http\\.(((?:in|out)bound_[^;]+|[^;.]+);?\\.)',
  listener_address: `^listener\\.((${address})\\.)`,
  mongo_prefix: '^mongo\\.(.+?)\\.(collection|cmd|cx_|op_|delays_|decoding_)(.*?)$',
  authz_enforce_result: 'rbac(\\.(allowed|denied))',
  authz_dry_run_action: '(\\.istio_dry_run_(allow|deny)_)',
  authz_dry_run_result: '(\\.shadow_(allowed|denied))',
};

/** JavaScript has no POSIX classes. */
const patterns = Object.entries(statTags).map(
  ([tag, pattern]) => [tag, new RegExp(pattern.replaceAll('[:digit:]', '\\d'), 'd')] as const,
);

export interface TaggedName {
  /** What is left of the name. */
  readonly name: string;
  readonly tags: readonly (readonly [tag: string, value: string])[];
}

/** Every pattern sees the whole name; what they cut out may not overlap, as in Envoy. */
export function extractTags(name: string): TaggedName {
  const tags: [string, string][] = [];
  const cuts: [number, number][] = [];
  for (const [tag, pattern] of patterns) {
    const match = pattern.exec(name);
    const cut = match?.indices?.[1];
    if (match === null || cut === undefined) continue;
    tags.push([tag, match[2] ?? match[1] ?? '']);
    cuts.push(cut);
  }
  let rest = '';
  let at = 0;
  for (const [start, end] of cuts.sort((a, b) => a[0] - b[0])) {
    if (start < at) continue;
    rest += name.slice(at, start);
    at = end;
  }
  return { name: rest + name.slice(at), tags };
}
