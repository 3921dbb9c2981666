// Which of Envoy's statistics are kept, and how names split into labels: Istio's defaults, so that dashboards carry over.

/** Kept on top of Istio's: whether a pushed resource was refused. */
const refusals = ['update_rejected', 'update_success', 'update_failure'];

const kept = {
  prefix: ['cluster_manager', 'listener_manager', 'server', 'cluster.xds-grpc', 'reporter=', 'component', 'istio'],
  suffix: ['rbac.allowed', 'rbac.denied', 'shadow_allowed', 'shadow_denied', 'downstream_cx_active', ...refusals],
  regex: ['vhost\\..*\\.route\\..*'],
};

/** An address within a statistic's name: dots and colons come as underscores. */
const address = '(?:[_.[:digit:]]*|[_\\[\\]aAbBcCdDeEfF[:digit:]]*)';

/** The first group is cut out of the name, the second becomes the label's value. */
const tags: Readonly<Record<string, string>> = {
  cluster_name: '^cluster\\.((.+?(\\..+?\\.svc\\.cluster\\.local)?)\\.)',
  tcp_prefix: '^tcp\\.((.*?)\\.)\\w+?$',
  response_code: '_rq(_(\\d{3}))$',
  response_code_class: '_rq(_(\\dxx))$',
  http_conn_manager_listener_prefix: `^listener(?=\\.).*?\\.http\\.((${address})\\.)`,
  http_conn_manager_prefix: `^http\\.((${address})\\.)`,
  listener_address: `^listener\\.((${address})\\.)`,
  mongo_prefix: '^mongo\\.(.+?)\\.(collection|cmd|cx_|op_|delays_|decoding_)(.*?)$',
  authz_enforce_result: 'rbac(\\.(allowed|denied))',
  authz_dry_run_action: '(\\.istio_dry_run_(allow|deny)_)',
  authz_dry_run_result: '(\\.shadow_(allowed|denied))',
};

export const statsConfig = {
  use_all_default_tags: false,
  stats_tags: Object.entries(tags).map(([tag_name, regex]) => ({ tag_name, regex })),
  stats_matcher: {
    inclusion_list: {
      patterns: [
        ...kept.prefix.map((prefix) => ({ prefix })),
        ...kept.suffix.map((suffix) => ({ suffix })),
        ...kept.regex.map((regex) => ({ safe_regex: { regex } })),
      ],
    },
  },
};
