// Which of Envoy's statistics are kept, and how names split into labels: Istio's defaults, so that dashboards carry over.
import { statTags } from '../telemetry/metrics/stat-tags.ts';

/** Kept on top of Istio's: whether a pushed resource was refused. */
const refusals = ['update_rejected', 'update_success', 'update_failure'];

const kept = {
  prefix: ['cluster_manager', 'listener_manager', 'server', 'cluster.xds-grpc', 'reporter=', 'component', 'istio'],
  suffix: ['rbac.allowed', 'rbac.denied', 'shadow_allowed', 'shadow_denied', 'downstream_cx_active', ...refusals],
  regex: ['vhost\\..*\\.route\\..*'],
};

const keptPatterns = kept.regex.map((regex) => new RegExp(`^(?:${regex})$`));

/** As Envoy reads the inclusion list below. */
export function keepsStat(name: string): boolean {
  return (
    kept.prefix.some((prefix) => name.startsWith(prefix)) ||
    kept.suffix.some((suffix) => name.endsWith(suffix)) ||
    keptPatterns.some((pattern) => pattern.test(name))
  );
}

export const statsConfig = {
  use_all_default_tags: false,
  stats_tags: Object.entries(statTags).map(([tag_name, regex]) => ({ tag_name, regex })),
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
