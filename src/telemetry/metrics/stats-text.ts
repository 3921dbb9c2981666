// The two texts of statistics: Envoy's own (`name: value`, sorted) and Prometheus' exposition format.
import { bucketBoundsMs, type Histogram } from './histogram.ts';
import type { MetricsRegistry, Stat } from './metrics-registry.ts';
import { extractTags } from './stat-tags.ts';

export interface StatsFilter {
  /** Of the whole name; undefined: all. */
  readonly matches?: ((name: string) => boolean) | undefined;
  /** Only what was ever counted. */
  readonly usedOnly?: boolean;
}

export function statsText(registry: MetricsRegistry, filter: StatsFilter = {}): string {
  const lines = selected(registry, filter).map(({ name, value }) => `${name}: ${value}`);
  for (const { name, histogram } of selectedHistograms(registry, filter)) {
    lines.push(`${name}: ${quantiles(histogram)}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** The shape of Envoy's `/stats?format=json`, without histograms. */
export function statsJson(registry: MetricsRegistry, filter: StatsFilter = {}): object {
  return { stats: selected(registry, filter).map(({ name, value }) => ({ name, value })) };
}

function selected(registry: MetricsRegistry, { matches, usedOnly }: StatsFilter): Stat[] {
  return registry
    .stats()
    .filter(({ name, value }) => (matches === undefined || matches(name)) && (usedOnly !== true || value !== 0));
}

function selectedHistograms(registry: MetricsRegistry, { matches, usedOnly }: StatsFilter) {
  return registry
    .histograms()
    .filter(({ name, histogram }) => (matches?.(name) ?? true) && (usedOnly !== true || histogram.count > 0));
}

const quantilePoints = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100];

/** As Envoy prints them: of the last interval, which is not kept here, and of all time. */
function quantiles(histogram: Histogram): string {
  if (histogram.count === 0) return 'No recorded values';
  return quantilePoints.map((point) => `P${point}(nan,${quantile(histogram, point)})`).join(' ');
}

/** The upper bound of the bucket in which it lies. */
function quantile({ counts, count }: Histogram, percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * count));
  let seen = 0;
  for (const [index, inBucket] of counts.entries()) {
    seen += inBucket;
    if (seen >= rank) return bucketBoundsMs[Math.min(index, bucketBoundsMs.length - 1)]!;
  }
  return bucketBoundsMs.at(-1)!;
}

/** Names as Envoy's: `envoy_`, tags taken out of the name, everything else that is no letter, digit or colon an underscore. */
export function prometheusText(registry: MetricsRegistry, filter: StatsFilter = {}): string {
  const families = new Map<string, { readonly type: string; readonly lines: string[] }>();
  const family = (name: string, type: string): string[] => {
    let found = families.get(name);
    if (found === undefined) families.set(name, (found = { type, lines: [] }));
    return found.lines;
  };
  for (const { name, kind, value } of selected(registry, filter)) {
    const { metric, labels } = prometheusName(name);
    family(metric, kind).push(`${metric}${braces(labels)} ${value}`);
  }
  for (const { name, histogram } of selectedHistograms(registry, { ...filter, usedOnly: true })) {
    const { metric, labels } = prometheusName(name);
    family(metric, 'histogram').push(...histogramLines(metric, labels, histogram));
  }
  return [...families].map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`).join('');
}

function prometheusName(stat: string): { metric: string; labels: readonly string[] } {
  const { name, tags } = extractTags(stat);
  return {
    metric: `envoy_${name.replaceAll(/[^a-zA-Z0-9_:]/g, '_')}`,
    labels: tags.map(([tag, value]) => `${tag}="${escapeLabel(value)}"`),
  };
}

function histogramLines(metric: string, labels: readonly string[], histogram: Histogram): string[] {
  let sum = 0;
  const buckets = histogram.counts.map((count, index) => {
    sum += count;
    return `${metric}_bucket${braces([...labels, `le="${bucketBoundsMs[index] ?? '+Inf'}"`])} ${sum}`;
  });
  return [
    ...buckets,
    `${metric}_sum${braces(labels)} ${histogram.sum}`,
    `${metric}_count${braces(labels)} ${histogram.count}`,
  ];
}

function braces(labels: readonly string[]): string {
  return `{${labels.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
