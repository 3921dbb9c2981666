// Prints retries: Istio's default policy, overridden by what a rule sets.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { STATUS_CODES } from 'node:http';
import type { RetryPolicy } from '../../../model/route-table.ts';
import type { RetryPolicySchema } from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import { PreviousHostsPredicateSchema } from '../../../proto/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.ts';
import { PreviousPrioritiesConfigSchema } from '../../../proto/gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.ts';
import { duration } from '../duration.ts';

type PrintedRetries = MessageInitShape<typeof RetryPolicySchema>;

const defaultConditions = 'connect-failure,refused-stream,unavailable,cancelled';

/** undefined when the rule switches retries off. With consistent hashing the same host is tried again. */
export function printRetries(policy: RetryPolicy | undefined, hashed: boolean): PrintedRetries | undefined {
  if (policy !== undefined && policy.attempts <= 0) return undefined;
  const avoidPrevious = policy?.retryIgnorePreviousHosts ?? !hashed;
  return {
    numRetries: policy?.attempts ?? 2,
    hostSelectionRetryMaxAttempts: 5n,
    retryHostPredicate: avoidPrevious ? [previousHosts()] : [],
    ...conditions(policy?.retryOn ?? ''),
    ...(policy?.perTryTimeoutMs !== undefined && { perTryTimeout: duration(policy.perTryTimeoutMs) }),
    ...(policy?.retryRemoteLocalities === true && { retryPriority: previousPriorities() }),
    ...(policy?.backoffMs !== undefined && { retryBackOff: { baseInterval: duration(policy.backoffMs) } }),
  };
}

/** Status codes among the conditions go into their own list; naming one is enough for it to count. */
function conditions(retryOn: string): { retryOn: string; retriableStatusCodes?: number[] } {
  if (retryOn === '') return { retryOn: defaultConditions };
  const parts = retryOn.split(',').map((part) => part.trim());
  const isCode = (part: string): boolean => /^\d+$/.test(part) && STATUS_CODES[part] !== undefined;
  const retriableStatusCodes = parts.filter(isCode).map(Number);
  const names = parts.filter((part) => part !== '' && !isCode(part));
  const byCode = 'retriable-status-codes';
  if (retriableStatusCodes.length > 0 && !names.includes(byCode)) names.push(byCode);
  return { retryOn: names.join(','), retriableStatusCodes };
}

function previousHosts(): NonNullable<PrintedRetries['retryHostPredicate']>[number] {
  const value = anyPack(PreviousHostsPredicateSchema, create(PreviousHostsPredicateSchema));
  return { name: 'envoy.retry_host_predicates.previous_hosts', configType: { case: 'typedConfig', value } };
}

function previousPriorities(): NonNullable<PrintedRetries['retryPriority']> {
  const config = create(PreviousPrioritiesConfigSchema, { updateFrequency: 2 });
  return {
    name: 'envoy.retry_priorities.previous_priorities',
    configType: { case: 'typedConfig', value: anyPack(PreviousPrioritiesConfigSchema, config) },
  };
}
