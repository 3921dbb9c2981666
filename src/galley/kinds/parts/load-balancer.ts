// LoadBalancerSettings of a DestinationRule: fields, the webhook's rules, lowering.
import type { HashAlgorithm, HashKey, LoadBalancer } from '../../../model/traffic-policy.ts';
import {
  array,
  boolean,
  type Infer,
  integer,
  map,
  notYet,
  number,
  object,
  oneOf,
  required,
  string,
  uint32,
} from '../../schema.ts';
import { checkDuration, checkDurationText, durationSchema, lowerDuration } from './durations.ts';
import type { IssueList } from './issue-list.ts';
import { checkLocality } from './locality-lb.ts';

const failover = {
  enabled: boolean(),
  failover: array(object({ from: string(), to: string() })),
  failoverPriority: array(string()),
};

const consistentHash = object(
  {
    httpHeaderName: string(),
    httpCookie: object({
      name: required(string()),
      path: string(),
      ttl: string(),
      attributes: notYet(
        array(object({ name: required(string()), value: string() })),
        'the cookie is set without them',
      ),
    }),
    useSourceIp: boolean(),
    httpQueryParameterName: string(),
    ringHash: object({ minimumRingSize: integer({ min: 0 }) }),
    maglev: object({ tableSize: integer({ min: 0 }) }),
    minimumRingSize: integer({ min: 0 }),
  },
  {
    oneOf: [
      ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'],
      ['ringHash', 'maglev'],
    ],
  },
);

const noWarmup = 'new endpoints get their full share at once';

export const loadBalancerSchema = object(
  {
    simple: oneOf(['UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST']),
    consistentHash,
    backendUtilization: notYet(
      object({
        errorUtilizationPenaltyPercent: uint32(),
        metricNamesForComputingUtilization: array(string()),
        weightExpirationPeriod: string(),
        weightStabilizationPeriod: string(),
        weightUpdatePeriod: string(),
      }),
      'the default balancer is used',
    ),
    localityLbSetting: notYet(
      object({
        ...failover,
        distribute: array(object({ from: string(), to: map(uint32()) })),
      }),
      'localities do not count in balancing',
    ),
    zoneAwareLbSetting: notYet(
      object({ ...failover, minClusterSize: integer({ min: 1, max: 4_294_967_295 }) }),
      'zones do not count in balancing',
    ),
    warmup: notYet(
      object({
        duration: required(durationSchema()),
        minimumPercent: number({ min: 0, max: 100 }),
        aggression: number({ min: 0 }),
      }),
      noWarmup,
    ),
    warmupDurationSecs: notYet(durationSchema(), noWarmup),
  },
  { oneOf: [['simple', 'consistentHash', 'backendUtilization']] },
);

export type LoadBalancerBody = Infer<typeof loadBalancerSchema>;
type ConsistentHashBody = NonNullable<LoadBalancerBody['consistentHash']>;

export function checkLoadBalancer(
  balancer: LoadBalancerBody | undefined,
  hasOutlierDetection: boolean,
  path: string,
  list: IssueList,
): void {
  if (balancer === undefined) return;
  if (balancer.consistentHash !== undefined) checkHash(balancer.consistentHash, `${path}.consistentHash`, list);
  checkLocality(balancer.localityLbSetting, hasOutlierDetection, `${path}.localityLbSetting`, list);
  list.add(`${path}.warmupDurationSecs`, checkDuration(balancer.warmupDurationSecs));
  list.add(`${path}.warmup.duration`, checkDuration(balancer.warmup?.duration));
  for (const field of ['weightExpirationPeriod', 'weightStabilizationPeriod', 'weightUpdatePeriod'] as const) {
    list.add(`${path}.backendUtilization.${field}`, checkDurationText(balancer.backendUtilization?.[field]));
  }
  const { aggression } = balancer.warmup ?? {};
  if (aggression !== undefined && aggression < 1) {
    list.error(`${path}.warmup.aggression`, 'out-of-range', `${aggression} is out of range`, 'at least 1');
  }
}

function checkHash(hash: ConsistentHashBody, path: string, list: IssueList): void {
  const { httpCookie, minimumRingSize = 0, maglev, ringHash } = hash;
  if (httpCookie?.name === '') list.error(`${path}.httpCookie.name`, 'missing', 'a cookie needs a name');
  // `0s` is a cookie of the session.
  list.add(`${path}.httpCookie.ttl`, checkDurationText(httpCookie?.ttl));
  if (minimumRingSize !== 0) {
    list.warning(`${path}.minimumRingSize`, 'bad-value', '`minimumRingSize` is deprecated', 'use `ringHash`');
    if (maglev !== undefined || ringHash !== undefined) {
      list.error(`${path}.minimumRingSize`, 'crossing', 'excludes `ringHash` and `maglev`');
    }
  }
  if (maglev === undefined) return;
  const { tableSize = 0 } = maglev;
  if (tableSize >= 5_000_011 || !isPrime(tableSize)) {
    list.error(
      `${path}.maglev.tableSize`,
      'out-of-range',
      `${tableSize} is no table size`,
      'a prime below 5000011, such as 65537',
    );
  }
}

function isPrime(value: number): boolean {
  if (value < 2) return value === 1; // Envoy takes 1 for a prime.
  for (let factor = 2; factor * factor <= value; factor += 1) if (value % factor === 0) return false;
  return true;
}

const simple = {
  UNSPECIFIED: 'unspecified',
  LEAST_CONN: 'least-request',
  LEAST_REQUEST: 'least-request',
  RANDOM: 'random',
  PASSTHROUGH: 'passthrough',
  ROUND_ROBIN: 'round-robin',
} as const;

export function lowerLoadBalancer(balancer: LoadBalancerBody | undefined): LoadBalancer | undefined {
  if (balancer === undefined) return undefined;
  const key = balancer.consistentHash === undefined ? undefined : lowerKey(balancer.consistentHash);
  if (balancer.consistentHash !== undefined && key !== undefined) {
    return { kind: 'consistent-hash', key, algorithm: lowerAlgorithm(balancer.consistentHash) };
  }
  return { kind: simple[balancer.simple ?? 'UNSPECIFIED'] };
}

function lowerKey(hash: ConsistentHashBody): HashKey | undefined {
  if (hash.httpHeaderName !== undefined) return { kind: 'header', name: hash.httpHeaderName };
  if (hash.httpCookie !== undefined) {
    const { name, path = '', ttl } = hash.httpCookie;
    return { kind: 'cookie', name, path, ttlMs: lowerDuration(ttl) };
  }
  if (hash.httpQueryParameterName !== undefined) return { kind: 'query', name: hash.httpQueryParameterName };
  return hash.useSourceIp === true ? { kind: 'source-ip' } : undefined;
}

function lowerAlgorithm(hash: ConsistentHashBody): HashAlgorithm {
  if (hash.maglev !== undefined) return { kind: 'maglev', tableSize: hash.maglev.tableSize };
  // Istio's default; a ring hash without a size leaves it to Envoy, which has the same.
  return { kind: 'ring-hash', minimumRingSize: hash.ringHash?.minimumRingSize ?? (hash.minimumRingSize || 1024) };
}
