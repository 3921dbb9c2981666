// Faults to be planted in `decide/`, one by one, and the cases that notice each.

export interface PlantedFault {
  /** Below `src/decide/`. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly from: string;
  readonly to: string;
  /** Each of them fails because of it. */
  readonly noticedBy: readonly string[];
}

type Row = readonly [from: string, to: string, ...noticedBy: readonly string[]];

function faults(file: string, ...rows: readonly Row[]): PlantedFault[] {
  return rows.map(([from, to, ...noticedBy]) => ({ file, from, to, noticedBy }));
}

const matching: readonly PlantedFault[] = [
  ...faults(
    'route/match.ts',
    ['subject.charCodeAt(value.length) === 47', 'true', 'path-separated-prefix-001', 'path-separated-prefix-002'],
    ['match.grpc && ', 'false && ', 'header-matchers-013'],
    ['type.charCodeAt(16) === 43', 'true', 'header-matchers-013'],
  ),
  ...faults(
    'match/match-header.ts',
    ['number < match.end', 'number <= match.end', 'header-matchers-005'],
    ["holds(match, value ?? '') !== match.invert", "holds(match, value ?? '')", 'header-matchers-006'],
    ['names.indexOf(match.name, at + 1)', '-1', 'header-matchers-014'],
  ),
  ...faults('match/match-text.ts', [
    'subject.endsWith(match.value)',
    'subject.includes(match.value)',
    'header-matchers-011',
  ]),
  ...faults(
    'match/query-parameters.ts',
    ["path.indexOf('&', start)", "path.indexOf(';', start)", 'query-matchers-001', 'query-matchers-004'],
    ['(value !== undefined) === match.present', 'true', 'query-matchers-002'],
  ),
  ...faults('match/fraction.ts', [
    '< fraction.numerator',
    '>= fraction.numerator',
    'runtime-fraction-001',
    'runtime-fraction-002',
  ]),
  ...faults(
    'route/virtual-host.ts',
    ['b.length - a.length', 'a.length - b.length', 'virtual-host-match-002'],
    ['this.#ignorePort ?', '!this.#ignorePort ?', 'virtual-host-match-004', 'virtual-host-match-005'],
  ),
  ...faults(
    'filter-chain.ts',
    ['range.prefixLength);', '1);', 'filter-chain-match-001'],
    ['return Number.MAX_SAFE_INTEGER', 'return 1', 'filter-chain-match-005'],
    ['offered.length - at', 'at + 1', 'filter-chain-match-011'],
  ),
];

const changing: readonly PlantedFault[] = [
  ...faults(
    'route/redirect.ts',
    ['query < 0 || stripQuery ?', 'query < 0 ?', 'redirect-002'],
    ['portGiven || (', '(', 'redirect-007', 'redirect-009'],
    ['`:${action.port}`', "''", 'redirect-004', 'redirect-007'],
    ["own.includes('?')", 'false', 'redirect-002'],
  ),
  ...faults('route/rewrite-path.ts', [
    'path.slice(start.length) : undefined',
    'path.slice(start.length + 1) : undefined',
    'rewrite-001',
    'rewrite-002',
  ]),
  ...faults('route/rewrite-host.ts', [
    "headers.set('x-forwarded-host', `${known},${host}`)",
    "headers.set('x-forwarded-host', host)",
    'rewrite-006',
  ]),
  ...faults('format/format-text.ts', ['value.slice(0, maxLength)', 'value', 'header-operations-005']),
  ...faults(
    'header-operations.ts',
    ['headers.remove(remove[at]!)', 'headers.has(remove[at]!)', 'header-operations-002', 'header-operations-010'],
    ['!operation.keepEmptyValue', 'true', 'header-operations-008', 'header-operations-013'],
  ),
  ...faults('single-headers.ts', ["known === '' ? value : ", '', 'header-operations-013']),
  ...faults('route/finalize-request.ts', [
    'const specificLast = config',
    'const specificLast = !config',
    'header-operations-003',
    'header-operations-004',
  ]),
  ...faults(
    'cors.ts',
    ['holdsFor(first.enabled, randomValue)', 'true', 'cors-003'],
    ["matchesText(match, '*') || ", '', 'cors-008'],
    ['matchesText(match, origin)', 'matchesText(match, origin.toLowerCase())', 'cors-009'],
    [
      "policies.find((policy) => policy[field] !== '')",
      'policies.slice(0, 1).find((policy) => policy[field])',
      'cors-010',
    ],
    ['privateNetwork && ', '', 'cors-011'],
  ),
  ...faults(
    'config/decode/route-action.ts',
    [
      "{ kind: 'direct-response', status,",
      "{ kind: 'direct-response', status: 200,",
      'direct-response-002',
      'direct-response-003',
    ],
    ['body: body?.length === 0 ? undefined : body', 'body: undefined', 'direct-response-001', 'direct-response-003'],
  ),
];

const choosing: readonly PlantedFault[] = [
  ...faults(
    'route/choose-cluster.ts',
    ['if (drawn < end)', 'if (drawn <= end)', 'weighted-clusters-007'],
    ['request.headers.get(name)', 'request.headers.getAll(name).at(-1)', 'cluster-header-005'],
    ['values.length === 1 && ', '', 'weighted-clusters-009'],
  ),
  ...faults('route/choose-mirrors.ts', ['fraction === undefined ||', 'true ||', 'mirror-003', 'mirror-007']),
  ...faults(
    'route/request-hash.ts',
    ['if (policy.terminal && hash !== undefined) break;', '', 'hash-policies-011'],
    ['if (policy.terminal && hash !== undefined)', 'if (policy.terminal)', 'hash-policies-006', 'hash-policies-011'],
    ['values.length === 1 ? values : values.toSorted()', 'values', 'hash-policies-010'],
    ['rotated(hash) ^ found', 'hash ^ found', 'hash-policies-012', 'hash-policies-013'],
    ['value.slice(1, -1) : value', 'value : value', 'hash-policies-014'],
  ),
  ...faults('balance/least-request.ts', [
    'other.activeRequests < best',
    'other.activeRequests > best',
    'balancing-012',
  ]),
  ...faults('balance/round-robin.ts', ['if (!haveEqualWeights(hosts))', 'if (false)', 'balancing-002']),
  ...faults(
    'balance/priority-load.ts',
    ['total < 100 &&', 'false &&', 'balancing-006', 'balancing-011'],
    ['Math.min(100, healthyPanicPercent)', '50', 'balancing-014'],
    ['settings.overprovisioningPercent * count', '100 * count', 'balancing-013'],
  ),
];

const failing: readonly PlantedFault[] = [
  ...faults(
    'retry.ts',
    ['status >= 502 && status <= 504', 'status >= 503 && status <= 504', 'retry-006'],
    ['status === 409', 'status === 404', 'retry-013'],
    ['state.attempted.has(host)', 'false', 'retry-015'],
    ["grpcConditions.get(headers.get('grpc-status') ?? '')", 'grpcConditions.get(String(status))', 'retry-017'],
    ['named.some(', 'named.every(', 'retry-019'],
    ["reason === 'connect-timeout'", "reason !== 'connect-timeout'", 'retry-018'],
    ['!requestSent) return true', 'true) return true', 'retry-018'],
    [
      "if (state.remaining === 0) return no('limit-exceeded');",
      "if (state.remaining === 0) return no('not-retriable');",
      'retry-004',
      'retry-021',
    ],
    ['.map((name) => name.toLowerCase())', '', 'retry-016'],
  ),
  ...faults('retry-limit.ts', ['load.activeRetries < maxRetries', 'load.activeRetries <= maxRetries', 'retry-020']),
  ...faults('config/decode/retry-policy.ts', [
    'numRetries: message.numRetries ?? 1',
    'numRetries: message.numRetries || 1',
    'retry-021',
  ]),
  ...faults('config/decode/forward-action.ts', [
    "under(at, 'timeout')) ?? 15_000",
    "under(at, 'timeout')) ?? 0",
    'prefix-001',
    'prefix-004',
  ]),
  ...faults(
    'route/timeouts.ts',
    ['?? policy?.perTryTimeoutMs ?? 0', '?? 0', 'retry-007', 'timeouts-013'],
    ['offset < asked) asked -= offset', 'offset < 0) asked -= offset', 'timeouts-012'],
    ['(asked === 0 || asked > max) ? max', 'asked === 0 ? max', 'timeouts-012'],
    ['if (asked !== undefined) headers.remove(perTryTimeout);', '', 'timeouts-013'],
  ),
  ...faults(
    'route/max-stream-duration.ts',
    ['capped - (offset ?? 0)', 'capped', 'timeouts-015'],
    ['limits.maxMs ?? managerMs', 'limits.maxMs ?? 0', 'timeouts-017'],
    ['if (!isGrpcRequest(request)) return ms;', '', 'timeouts-014', 'timeouts-015'],
    ['else if (managerMs !== 0)', 'else', 'timeouts-015'],
  ),
  ...faults(
    'fault.ts',
    ['config.upstreamCluster !== upstreamCluster', 'config.upstreamCluster === upstreamCluster', 'fault-007'],
    ['random() * denominator', 'random() * 100', 'fault-009'],
    ['inputs.activeFaults >= config.maxActiveFaults', 'inputs.activeFaults > config.maxActiveFaults', 'fault-010'],
    ['!config.downstreamNodes.includes(node)', 'config.downstreamNodes[0] !== node', 'fault-011'],
    ['asked >= configured.numerator', 'false', 'fault-012'],
    ['{ status: 200, grpcStatus: by.status }', '{ status: 500, grpcStatus: by.status }', 'fault-012'],
  ),
];

export const plantedFaults: readonly PlantedFault[] = [...matching, ...changing, ...choosing, ...failing];
