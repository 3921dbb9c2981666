// Decodes retry policies.
import type { Duration } from '@bufbuild/protobuf/wkt';
import {
  RetryPolicy_ResetHeaderFormat as ResetFormat,
  type RetryPolicy as PolicyMessage,
  RetryPolicySchema,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import type { RateLimitedBackOff, RetryCondition, RetryHostPredicate, RetryPolicy } from '../retry-policy.ts';
import { retryConditions } from '../retry-policy.ts';
import { unpack } from './any-types.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under, warn } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { headerMatches } from './string-match.ts';
import { durationMs, enumName, headerName, positiveMs, requireText } from './value.ts';

const check = knownFields(RetryPolicySchema, {
  read: [
    'retryOn',
    'numRetries',
    'perTryTimeout',
    'perTryIdleTimeout',
    'retryPriority',
    'retryHostPredicate',
    'hostSelectionRetryMaxAttempts',
    'retriableStatusCodes',
    'retryBackOff',
    'rateLimitedRetryBackOff',
    'retriableHeaders',
    'retriableRequestHeaders',
  ],
});

const known: ReadonlySet<string> = new Set(retryConditions);

export function retryPolicy(message: PolicyMessage, at: Cursor): RetryPolicy {
  check(message, at);
  const attempts = Number(message.hostSelectionRetryMaxAttempts);
  return {
    retryOn: parseRetryOn(message.retryOn),
    numRetries: message.numRetries ?? 1,
    perTryTimeoutMs: durationMs(message.perTryTimeout, under(at, 'per_try_timeout')) || undefined,
    perTryIdleTimeoutMs: durationMs(message.perTryIdleTimeout, under(at, 'per_try_idle_timeout')) || undefined,
    backOff: backOff(message.retryBackOff, under(at, 'retry_back_off')),
    rateLimitedBackOff: rateLimitedBackOff(message.rateLimitedRetryBackOff, under(at, 'rate_limited_retry_back_off')),
    hostPredicates: hostPredicates(message, under(at, 'retry_host_predicate')),
    hostSelectionMaxAttempts: attempts === 0 ? 1 : attempts,
    priorityUpdateFrequency: priorityUpdateFrequency(message, under(at, 'retry_priority')),
    retriableStatusCodes: message.retriableStatusCodes,
    retriableHeaders: headerMatches(message.retriableHeaders, under(at, 'retriable_headers')),
    retriableRequestHeaders: headerMatches(message.retriableRequestHeaders, under(at, 'retriable_request_headers')),
  };
}

/** As the header `x-envoy-retry-on` too: names that are none are left out. */
export function parseRetryOn(text: string): ReadonlySet<RetryCondition> {
  const names = text.split(',').map((name) => name.trim());
  return new Set(names.filter((name): name is RetryCondition => known.has(name)));
}

interface BackOffMessage {
  readonly baseInterval?: Duration | undefined;
  readonly maxInterval?: Duration | undefined;
}

/** Envoy's default is 25 ms to 250 ms; a base below a millisecond is one. */
function backOff(message: BackOffMessage | undefined, at: Cursor): RetryPolicy['backOff'] {
  if (message === undefined) return { baseMs: 25, maxMs: 250 };
  if (message.baseInterval === undefined) refuse(under(at, 'base_interval'), 'missing', 'value is required');
  const baseMs = Math.max(positiveMs(message.baseInterval, under(at, 'base_interval')) ?? 0, 1);
  const maxMs = positiveMs(message.maxInterval, under(at, 'max_interval')) ?? baseMs * 10;
  if (message.maxInterval !== undefined && Math.max(maxMs, 1) < baseMs) {
    refuse(under(at, 'max_interval'), 'conflict', 'max_interval must be greater than or equal to the base_interval');
  }
  return { baseMs, maxMs: Math.max(maxMs, 1) };
}

const formats = { [ResetFormat.SECONDS]: 'seconds', [ResetFormat.UNIX_TIMESTAMP]: 'unix-timestamp' } as const;

function rateLimitedBackOff(
  message: PolicyMessage['rateLimitedRetryBackOff'],
  at: Cursor,
): RateLimitedBackOff | undefined {
  if (message === undefined) return undefined;
  const headersAt = under(at, 'reset_headers');
  if (message.resetHeaders.length === 0) refuse(headersAt, 'missing', 'value must contain at least 1 item(s)');
  return {
    resetHeaders: message.resetHeaders.map(({ name, format }, index) => ({
      name: headerName(name, under(under(headersAt, index), 'name')),
      format: enumName(formats, format, under(under(headersAt, index), 'format')),
    })),
    maxMs: positiveMs(message.maxInterval, under(at, 'max_interval')) ?? 300_000,
  };
}

function hostPredicates(message: PolicyMessage, at: Cursor): RetryHostPredicate[] {
  const predicates: RetryHostPredicate[] = [];
  for (const [index, { name, configType }] of message.retryHostPredicate.entries()) {
    const where = under(at, index);
    requireText(name, under(where, 'name'));
    const extension = unpack(configType.value, 'retry host predicate', under(where, 'typed_config'));
    if (extension === undefined) continue;
    const isPrevious = extension.$typeName === 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate';
    predicates.push({ kind: isPrevious ? 'previous-hosts' : 'omit-canary-hosts' });
  }
  return predicates;
}

function priorityUpdateFrequency({ retryPriority }: PolicyMessage, at: Cursor): number | undefined {
  if (retryPriority === undefined) return undefined;
  requireText(retryPriority.name, under(at, 'name'));
  const where = under(at, 'typed_config');
  const extension = unpack(retryPriority.configType.value, 'retry priority', where);
  if (extension === undefined) return undefined;
  if (extension.updateFrequency <= 0) {
    refuse(under(where, 'update_frequency'), 'out-of-range', 'value must be greater than 0');
  }
  warn(at, 'retries choose among all priorities, those tried before too');
  return extension.updateFrequency;
}
