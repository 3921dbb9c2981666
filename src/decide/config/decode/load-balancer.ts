// Decodes how a cluster's endpoints are chosen.
import {
  type Cluster as ClusterMessage,
  Cluster_CommonLbConfigSchema,
  Cluster_LbPolicy as LbPolicy,
  Cluster_RingHashLbConfig_HashFunction as HashFunction,
  type Cluster_SlowStartConfig,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { CommonLbConfig, LoadBalancer, SlowStart } from '../cluster.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { durationMs, enumName, inRange, percentValue } from './value.ts';

/** Updates of hosts come in one piece here, so that merging them is no matter; health is not probed. */
const checkCommon = knownFields(Cluster_CommonLbConfigSchema, {
  read: [
    'healthyPanicThreshold',
    'localityConfigSpecifier',
    'closeConnectionsOnHostSetChange',
    'consistentHashingLbConfig',
  ],
  harmless: ['updateMergeWindow', 'ignoreNewHostsUntilFirstHc'],
});

const mostOnRing = 8_388_608;
const hashes = { [HashFunction.XX_HASH]: 'xx-hash', [HashFunction.MURMUR_HASH_2]: 'murmur-hash-2' } as const;

export function commonLb(message: ClusterMessage['commonLbConfig'], at: Cursor): CommonLbConfig {
  if (message !== undefined) checkCommon(message, at);
  const by = message?.localityConfigSpecifier.case;
  // Without a locality of its own (node.locality) zone awareness does nothing; with one it would.
  if (by === 'zoneAwareLbConfig') notYet(under(at, 'zone_aware_lb_config'), 'zone-aware balancing');
  if (by === 'localityWeightedLbConfig') notYet(under(at, 'locality_weighted_lb_config'), 'weights of localities');
  if (message?.closeConnectionsOnHostSetChange === true) {
    notYet(under(at, 'close_connections_on_host_set_change'), 'closing connections when hosts change');
  }
  if (message?.consistentHashingLbConfig?.hashBalanceFactor !== undefined) {
    notYet(under(at, 'consistent_hashing_lb_config'), 'bounded loads');
  }
  return {
    healthyPanicPercent: percentValue(message?.healthyPanicThreshold, 50, under(at, 'healthy_panic_threshold')),
    localityWeighted: by === 'localityWeightedLbConfig',
    closeConnectionsOnHostSetChange: message?.closeConnectionsOnHostSetChange ?? false,
  };
}

/** A configuration for another policy than the one chosen has no effect, as in Envoy; its numbers have to be in range all the same. */
export function loadBalancer(message: ClusterMessage, at: Cursor): LoadBalancer {
  checkRanges(message, at);
  const { lbPolicy, lbConfig: by } = message;
  switch (lbPolicy) {
    case LbPolicy.ROUND_ROBIN: {
      const where = under(under(at, 'round_robin_lb_config'), 'slow_start_config');
      return {
        kind: 'round-robin',
        slowStart: by.case === 'roundRobinLbConfig' ? slowStart(by.value.slowStartConfig, where) : undefined,
      };
    }
    case LbPolicy.LEAST_REQUEST:
      return leastRequest(message, under(at, 'least_request_lb_config'));
    case LbPolicy.RANDOM:
      return { kind: 'random' };
    case LbPolicy.RING_HASH:
      return ringHash(message, under(at, 'ring_hash_lb_config'));
    case LbPolicy.MAGLEV:
      return maglev(message, under(at, 'maglev_lb_config'));
    case LbPolicy.CLUSTER_PROVIDED:
      return { kind: 'cluster-provided' };
    case LbPolicy.LOAD_BALANCING_POLICY_CONFIG:
      notYet(under(at, 'lb_policy'), 'load_balancing_policy');
      return { kind: 'random' };
    default:
      refuse(under(at, 'lb_policy'), 'bad-enum', 'value must be one of the defined enum values');
      return { kind: 'random' };
  }
}

function checkRanges({ lbConfig: by, commonLbConfig }: ClusterMessage, at: Cursor): void {
  const factor = commonLbConfig?.consistentHashingLbConfig?.hashBalanceFactor ?? 100;
  inRange(factor, 100, 0xffff_ffff, under(under(at, 'common_lb_config'), 'hash_balance_factor'));
  if (by.case === 'leastRequestLbConfig') {
    inRange(by.value.choiceCount ?? 2, 2, 0xffff_ffff, under(under(at, 'least_request_lb_config'), 'choice_count'));
  } else if (by.case === 'maglevLbConfig') {
    inRange(Number(by.value.tableSize ?? 0n), 0, 5_000_011, under(under(at, 'maglev_lb_config'), 'table_size'));
  } else if (by.case === 'ringHashLbConfig') {
    const where = under(at, 'ring_hash_lb_config');
    inRange(Number(by.value.minimumRingSize ?? 0n), 0, mostOnRing, under(where, 'minimum_ring_size'));
    inRange(Number(by.value.maximumRingSize ?? 0n), 0, mostOnRing, under(where, 'maximum_ring_size'));
    const hash = enumName(hashes, by.value.hashFunction, under(where, 'hash_function'));
    if (hash === 'murmur-hash-2') notYet(under(where, 'hash_function'), 'MurmurHash 2');
  } else if (by.case === 'originalDstLbConfig') {
    const where = under(under(at, 'original_dst_lb_config'), 'upstream_port_override');
    inRange(by.value.upstreamPortOverride ?? 0, 0, 65_535, where);
  }
}

function leastRequest({ lbConfig: by }: ClusterMessage, at: Cursor): LoadBalancer {
  const config = by.case === 'leastRequestLbConfig' ? by.value : undefined;
  const activeRequestBias = config?.activeRequestBias?.defaultValue ?? 1;
  if (activeRequestBias < 0) refuse(under(at, 'active_request_bias'), 'out-of-range', 'value must not be negative');
  return {
    kind: 'least-request',
    choiceCount: config?.choiceCount ?? 2,
    activeRequestBias,
    slowStart: slowStart(config?.slowStartConfig, under(at, 'slow_start_config')),
  };
}

function ringHash(message: ClusterMessage, at: Cursor): LoadBalancer {
  const { lbConfig: by } = message;
  const config = by.case === 'ringHashLbConfig' ? by.value : undefined;
  const minimumAt = under(at, 'minimum_ring_size');
  const minimumRingSize = Number(config?.minimumRingSize ?? 1024n);
  const maximumRingSize = Number(config?.maximumRingSize ?? mostOnRing);
  if (minimumRingSize > maximumRingSize) {
    const problem = `ring hash: minimum_ring_size (${minimumRingSize}) > maximum_ring_size (${maximumRingSize})`;
    refuse(minimumAt, 'conflict', problem);
  }
  return {
    kind: 'ring-hash',
    minimumRingSize,
    maximumRingSize,
    hash: hashes[config?.hashFunction === HashFunction.MURMUR_HASH_2 ? 1 : 0],
    ...consistentHashing(message),
  };
}

function maglev(message: ClusterMessage, at: Cursor): LoadBalancer {
  const { lbConfig: by } = message;
  const config = by.case === 'maglevLbConfig' ? by.value : undefined;
  const sizeAt = under(at, 'table_size');
  const tableSize = Number(config?.tableSize ?? 65_537n);
  if (!isPrime(tableSize)) refuse(sizeAt, 'bad-value', 'The table size of maglev must be prime number');
  return { kind: 'maglev', tableSize, ...consistentHashing(message) };
}

function isPrime(value: number): boolean {
  for (let factor = 2; factor * factor <= value; factor += 1) if (value % factor === 0) return false;
  return value > 1;
}

/** A balance factor of 0 sets no bound to a host's share. */
function consistentHashing({ commonLbConfig }: ClusterMessage) {
  const config = commonLbConfig?.consistentHashingLbConfig;
  return { useHostname: config?.useHostnameForHashing ?? false, hashBalanceFactor: config?.hashBalanceFactor ?? 0 };
}

function slowStart(message: Cluster_SlowStartConfig | undefined, at: Cursor): SlowStart | undefined {
  const windowMs = durationMs(message?.slowStartWindow, under(at, 'slow_start_window')) ?? 0;
  if (message === undefined || windowMs === 0) return undefined;
  notYet(at, 'slow start');
  return {
    windowMs,
    aggression: message.aggression?.defaultValue ?? 1,
    minWeightPercent: percentValue(message.minWeightPercent, 10, under(at, 'min_weight_percent')),
  };
}
