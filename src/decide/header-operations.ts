// Applies header operations: removals, then overwrites, then additions. All values are made before anything is changed.
import type { HeaderOperations, HeaderToAdd } from './config/header-operations.ts';
import type { FormatContext } from './format/format-context.ts';
import { formatHeaderValue } from './format/format-text.ts';
import type { HeaderMap } from './header-map.ts';

/** Envoy keeps one value of these: a further one is appended to it, behind a comma. */
const single: ReadonlySet<string> = new Set(
  `connection content-length content-type date expect grpc-accept-encoding grpc-message grpc-status host keep-alive
  location proxy-connection proxy-status server te transfer-encoding upgrade user-agent via x-client-trace-id
  x-envoy-attempt-count x-envoy-decorator-operation x-envoy-degraded x-envoy-downstream-service-cluster
  x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms x-envoy-external-address x-envoy-hedge-on-per-try-timeout
  x-envoy-immediate-health-check-fail x-envoy-internal x-envoy-ip-tags x-envoy-is-timeout-retry x-envoy-max-retries
  x-envoy-original-host x-envoy-original-path x-envoy-ratelimited x-envoy-retriable-header-names
  x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name
  x-envoy-upstream-canary x-envoy-upstream-healthchecked-cluster x-envoy-upstream-rq-per-try-timeout-ms
  x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms x-envoy-upstream-service-time
  x-envoy-upstream-stream-duration-ms x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-port
  x-forwarded-proto x-request-id`.split(/\s+/),
);

export function applyHeaderOperations(
  { add, remove }: HeaderOperations,
  headers: HeaderMap,
  context: FormatContext,
): void {
  for (let at = 0; at < remove.length; at++) headers.remove(remove[at]!);
  if (add.length === 0) return;
  const values: (string | undefined)[] = [];
  for (let at = 0; at < add.length; at++) values.push(valueOf(add[at]!, headers, context));
  for (let at = 0; at < add.length; at++) {
    const value = values[at];
    if (value !== undefined && isOverwrite(add[at]!)) headers.set(add[at]!.name, value);
  }
  for (let at = 0; at < add.length; at++) {
    const value = values[at];
    if (value !== undefined && !isOverwrite(add[at]!)) append(headers, add[at]!.name, value);
  }
}

/** undefined where the operation does not apply. */
function valueOf(operation: HeaderToAdd, headers: HeaderMap, context: FormatContext): string | undefined {
  if (operation.action === 'add-if-absent' && headers.has(operation.name)) return undefined;
  if (operation.action === 'overwrite-if-exists' && !headers.has(operation.name)) return undefined;
  const value = formatHeaderValue(operation.value, context);
  return value === '' && !operation.keepEmptyValue ? undefined : value;
}

function isOverwrite({ action }: HeaderToAdd): boolean {
  return action === 'overwrite-if-exists-or-add' || action === 'overwrite-if-exists';
}

function append(headers: HeaderMap, name: string, value: string): void {
  const known = single.has(name) ? headers.get(name) : undefined;
  if (known === undefined) headers.add(name, value);
  else headers.set(name, known === '' ? value : `${known},${value}`);
}
