// What an HTTP rule of a VirtualService adds to its action: retries, faults, mirrors, CORS, header operations.
import type { Cors, Fault, HeaderChange, HeaderOperations, Mirror, RetryPolicy } from '../../../model/route-table.ts';
import { lowerDuration } from '../parts/durations.ts';
import type { HeaderChangeBody, HeadersBody } from '../parts/headers.ts';
import { lowerStringMatch } from '../parts/string-match.ts';
import { lowerDestination, type Surroundings } from './lower-destination.ts';
import type { HttpRuleBody } from './schema.ts';

export function lowerRetries(retries: HttpRuleBody['retries']): RetryPolicy | undefined {
  if (retries === undefined) return undefined;
  return {
    attempts: retries.attempts ?? 0,
    perTryTimeoutMs: lowerDuration(retries.perTryTimeout),
    retryOn: retries.retryOn ?? '',
    retryRemoteLocalities: retries.retryRemoteLocalities,
    retryIgnorePreviousHosts: retries.retryIgnorePreviousHosts,
    backoffMs: lowerDuration(retries.backoff),
  };
}

/** A fault without a percentage never fires. */
export function lowerFault(fault: HttpRuleBody['fault']): Fault | undefined {
  if (fault === undefined) return undefined;
  const { delay, abort } = fault;
  const fixedMs = lowerDuration(delay?.fixedDelay);
  return {
    delay:
      delay === undefined || fixedMs === undefined
        ? undefined
        : { fixedMs, percent: delay.percentage === undefined ? (delay.percent ?? 0) : (delay.percentage.value ?? 0) },
    abort:
      abort === undefined || (abort.httpStatus === undefined && abort.grpcStatus === undefined)
        ? undefined
        : { httpStatus: abort.httpStatus, grpcStatus: abort.grpcStatus, percent: abort.percentage?.value ?? 0 },
  };
}

export function lowerMirrors(rule: HttpRuleBody, around: Surroundings): Mirror[] {
  const mirrors = (rule.mirrors ?? []).map((mirror) => ({
    destination: lowerDestination(mirror.destination, around),
    percent: mirror.percentage === undefined ? undefined : (mirror.percentage.value ?? 0),
  }));
  if (rule.mirror === undefined) return mirrors;
  const old = rule.mirrorPercent ?? rule.mirror_percent;
  const percent = rule.mirrorPercentage === undefined ? old : (rule.mirrorPercentage.value ?? 0);
  return [{ destination: lowerDestination(rule.mirror, around), percent }, ...mirrors];
}

export function lowerCors(cors: HttpRuleBody['corsPolicy']): Cors | undefined {
  if (cors === undefined) return undefined;
  const exact = (cors.allowOrigin ?? []).map((value) => ({ kind: 'exact' as const, value }));
  const matches = cors.allowOrigins?.map(lowerStringMatch).filter((match) => match !== undefined);
  return {
    allowOrigins: matches ?? exact,
    allowMethods: cors.allowMethods ?? [],
    allowHeaders: cors.allowHeaders ?? [],
    exposeHeaders: cors.exposeHeaders ?? [],
    maxAgeMs: lowerDuration(cors.maxAge),
    allowCredentials: cors.allowCredentials,
    unmatchedPreflights: unmatched[cors.unmatchedPreflights ?? 'UNSPECIFIED'],
  };
}

const unmatched = { UNSPECIFIED: 'unspecified', FORWARD: 'forward', IGNORE: 'ignore' } as const;

export function lowerHeaders(headers: HeadersBody | undefined): HeaderOperations | undefined {
  if (headers?.request === undefined && headers?.response === undefined) return undefined;
  return { request: lowerChange(headers.request), response: lowerChange(headers.response) };
}

function lowerChange(change: HeaderChangeBody | undefined): HeaderChange {
  return { set: sorted(change?.set), add: sorted(change?.add), remove: change?.remove ?? [] };
}

function sorted(values: Readonly<Record<string, string>> | undefined): HeaderChange['set'] {
  return Object.entries(values ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}
