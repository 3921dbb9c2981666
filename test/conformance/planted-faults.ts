// Faults to be planted in `decide/`, one by one, and the cases that have to notice each.

export interface PlantedFault {
  /** Below `src/decide/`. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly from: string;
  readonly to: string;
  /** Of the cases to run. */
  readonly cases: RegExp;
}

const fault = (file: string, from: string, to: string, cases: RegExp): PlantedFault => ({ file, from, to, cases });

export const plantedFaults: readonly PlantedFault[] = [
  fault('route/match.ts', 'subject.charCodeAt(value.length) === 47', 'true', /^path-separated/),
  fault('match/match-header.ts', 'number < match.end', 'number <= match.end', /^header-matchers/),
  fault(
    'match/match-header.ts',
    "holds(match, value ?? '') !== match.invert",
    "holds(match, value ?? '')",
    /^header-ma/,
  ),
  fault('match/match-text.ts', 'subject.endsWith(match.value)', 'subject.includes(match.value)', /^header-matchers/),
  fault('match/query-parameters.ts', "path.indexOf('&', start)", "path.indexOf(';', start)", /^query-matchers/),
  fault('match/query-parameters.ts', '(value !== undefined) === match.present', 'true', /^query-matchers/),
  fault('match/fraction.ts', '< fraction.numerator', '>= fraction.numerator', /^runtime-fraction/),
  fault('route/virtual-host.ts', 'b.length - a.length', 'a.length - b.length', /^virtual-host/),
  fault('route/virtual-host.ts', 'this.#ignorePort ?', '!this.#ignorePort ?', /^virtual-host/),
  fault('route/redirect.ts', 'query < 0 || stripQuery ?', 'query < 0 ?', /^redirect/),
  fault('route/redirect.ts', 'portGiven || (', '(', /^redirect/),
  fault(
    'route/rewrite-path.ts',
    'path.slice(start.length) : undefined',
    'path.slice(start.length + 1) : undefined',
    /^rewrite/,
  ),
  fault('route/choose-cluster.ts', 'if (drawn < end)', 'if (drawn <= end)', /^weighted-clusters/),
  fault('retry.ts', 'status >= 502 && status <= 504', 'status >= 503 && status <= 504', /^retry/),
  fault('retry.ts', 'status === 409', 'status === 404', /^retry/),
  fault('route/timeouts.ts', '?? policy?.perTryTimeoutMs ?? 0', '?? 0', /^retry/),
  fault(
    'fault.ts',
    'config.upstreamCluster !== upstreamCluster',
    'config.upstreamCluster === upstreamCluster',
    /^fault/,
  ),
  fault('filter-chain.ts', 'range.prefixLength);', '1);', /^filter-chain-match/),
  fault('filter-chain.ts', 'return Number.MAX_SAFE_INTEGER', 'return 1', /^filter-chain-match/),
  fault('route/choose-mirrors.ts', 'fraction === undefined ||', 'true ||', /^mirror/),
  fault('format/format-text.ts', 'value.slice(0, maxLength)', 'value', /^header-operations/),
  fault('balance/priority-load.ts', 'total < 100 &&', 'false &&', /^balancing/),
  fault('header-operations.ts', 'headers.remove(remove[at]!)', 'headers.has(remove[at]!)', /^header-operations/),
  fault('cors.ts', 'holdsFor(first.enabled, randomValue)', 'true', /^cors/),
];
