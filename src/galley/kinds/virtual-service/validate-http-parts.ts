// The webhook's rules on what an HTTP rule adds to its action: CORS, faults, mirrors, retries, own answers.
import { checkDuration, lowerDuration } from '../parts/durations.ts';
import { checkHeaderName } from '../parts/headers.ts';
import type { IssueList } from '../parts/issue-list.ts';
import { checkRegex } from '../parts/string-match.ts';
import { checkDestination } from './destinations.ts';
import type { HttpRuleBody } from './schema.ts';

const methods: ReadonlySet<string> = new Set('GET HEAD POST PUT PATCH DELETE CONNECT OPTIONS TRACE'.split(' '));

const retryConditions: ReadonlySet<string> = new Set(
  `5xx gateway-error reset reset-before-request connect-failure retriable-4xx refused-stream retriable-status-codes
  retriable-headers envoy-ratelimited http3-post-connect-failure cancelled deadline-exceeded internal resource-exhausted
  unavailable`.split(/\s+/),
);

const grpcStatuses: ReadonlySet<string> = new Set(
  `OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED
  FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED`.split(/\s+/),
);

/** Status codes that have a name in RFC 9110 and the registry: what Go's http.StatusText knows. */
const namedStatuses: readonly (readonly [number, number])[] = [
  [100, 103],
  [200, 208],
  [226, 226],
  [300, 305],
  [307, 308],
  [400, 418],
  [421, 426],
  [428, 429],
  [431, 431],
  [451, 451],
  [500, 508],
  [510, 511],
];

const oneMiB = 1024 * 1024;

export function checkCors(cors: HttpRuleBody['corsPolicy'], path: string, list: IssueList): void {
  if (cors === undefined) return;
  for (const [index, origin] of (cors.allowOrigins ?? []).entries()) {
    const at = `${path}.allowOrigins[${index}]`;
    if ((origin.exact ?? origin.prefix ?? origin.regex ?? '') === '')
      list.error(at, 'missing', 'an origin must not be empty');
    else if (origin.regex !== undefined) list.add(`${at}.regex`, checkRegex(origin.regex));
  }
  for (const [index, method] of (cors.allowMethods ?? []).entries()) {
    if (!methods.has(method)) {
      list.error(
        `${path}.allowMethods[${index}]`,
        'bad-enum',
        `\`${method}\` is not an HTTP method`,
        `one of ${[...methods].join(', ')}`,
      );
    }
  }
  for (const field of ['allowHeaders', 'exposeHeaders'] as const) {
    for (const [index, name] of (cors[field] ?? []).entries()) {
      if (name !== '*') list.add(`${path}.${field}[${index}]`, checkHeaderName(name));
    }
  }
  const problem = checkDuration(cors.maxAge);
  list.add(`${path}.maxAge`, problem);
  if (problem === undefined && (lowerDuration(cors.maxAge) ?? 0) % 1000 !== 0) {
    list.error(`${path}.maxAge`, 'bad-duration', `\`${cors.maxAge}\` is not in whole seconds`);
  }
}

export function checkFault(fault: HttpRuleBody['fault'], path: string, list: IssueList): void {
  if (fault === undefined) return;
  const { abort, delay } = fault;
  if (abort === undefined && delay === undefined) list.error(path, 'missing', 'one of `abort` and `delay` is needed');
  checkPercentage(abort?.percentage?.value, `${path}.abort.percentage.value`, list);
  checkPercentage(delay?.percentage?.value, `${path}.delay.percentage.value`, list);
  list.add(`${path}.delay.fixedDelay`, checkDuration(delay?.fixedDelay));
  if (delay !== undefined && delay.percent === undefined) warnWithoutShare(delay, `${path}.delay`, list);
  if (abort !== undefined) warnWithoutShare(abort, `${path}.abort`, list);
  if (abort === undefined) return;
  if (abort.httpStatus !== undefined) checkStatus(abort.httpStatus, `${path}.abort.httpStatus`, list);
  else if (abort.grpcStatus !== undefined) checkGrpcStatus(abort.grpcStatus, `${path}.abort.grpcStatus`, list);
  else if (abort.http2Error === undefined)
    list.warning(`${path}.abort`, 'missing', 'nothing is aborted without a status');
}

/** A trap of Istio's that we keep: the default share is none. */
function warnWithoutShare(fault: { readonly percentage?: object }, path: string, list: IssueList): void {
  if (fault.percentage === undefined) list.warning(path, 'missing', 'never happens without a `percentage`');
}

function checkPercentage(value: number | undefined, path: string, list: IssueList): void {
  if (value === undefined || value === 0 || (value >= 0.0001 && value <= 100)) return;
  list.error(path, 'out-of-range', `${value} is out of range`, '0, or 0.0001 to 100');
}

function checkStatus(status: number, path: string, list: IssueList): void {
  if (status >= 200 && status <= 600) return;
  list.error(path, 'out-of-range', `${status} is not a final HTTP status`, '200 to 599');
}

function checkGrpcStatus(status: string, path: string, list: IssueList): void {
  if (!grpcStatuses.has(status)) {
    list.error(path, 'bad-enum', `\`${status}\` is not a gRPC status`, 'such as NOT_FOUND or UNAVAILABLE');
  }
}

export function checkMirrors(rule: HttpRuleBody, path: string, list: IssueList): void {
  for (const field of ['mirrorPercent', 'mirror_percent'] as const) {
    const value = rule[field];
    if (value === undefined) continue;
    if (value > 100) list.error(`${path}.${field}`, 'out-of-range', `${value} is out of range`, '0 to 100');
    list.warning(`${path}.${field}`, 'bad-value', `\`${field}\` is deprecated`, 'use `mirrorPercentage`');
  }
  checkShare(rule.mirrorPercentage?.value, `${path}.mirrorPercentage.value`, list);
  for (const [index, mirror] of (rule.mirrors ?? []).entries()) {
    checkDestination(mirror.destination, `${path}.mirrors[${index}].destination`, list);
    checkShare(mirror.percentage?.value, `${path}.mirrors[${index}].percentage.value`, list);
  }
}

function checkShare(value: number | undefined, path: string, list: IssueList): void {
  if (value === undefined || (value >= 0 && value <= 100)) return;
  list.error(path, 'out-of-range', `${value} is out of range`, '0 to 100');
}

export function checkRetries(retries: HttpRuleBody['retries'], path: string, list: IssueList): void {
  if (retries === undefined) return;
  const { attempts = 0, perTryTimeout, retryOn = '', retryRemoteLocalities } = retries;
  if (attempts < 0) list.error(`${path}.attempts`, 'out-of-range', `${attempts} is out of range`, 'at least 0');
  if (attempts === 0 && (perTryTimeout !== undefined || retryOn !== '' || retryRemoteLocalities !== undefined)) {
    list.error(path, 'crossing', 'retries are configured, but `attempts` is 0, which switches them off');
  }
  list.add(`${path}.perTryTimeout`, checkDuration(perTryTimeout));
  if (retryOn === '') return;
  for (const condition of retryOn.split(',')) {
    if (retryConditions.has(condition) || isNamedStatus(condition)) continue;
    const hint = retryConditions.has(condition.trim())
      ? 'no blanks around it'
      : 'see x-envoy-retry-on in the Envoy documentation';
    list.error(`${path}.retryOn`, 'bad-enum', `\`${condition}\` is not a retry condition`, hint);
  }
}

function isNamedStatus(text: string): boolean {
  if (!/^\d+$/.test(text)) return false;
  return namedStatuses.some(([first, last]) => Number(text) >= first && Number(text) <= last);
}

export function checkDirectResponse(answer: HttpRuleBody['directResponse'], path: string, list: IssueList): void {
  if (answer === undefined) return;
  const { string = '', bytes = '' } = answer.body ?? {};
  const size = Buffer.byteLength(string) + Buffer.byteLength(bytes, 'base64');
  if (size > oneMiB) list.error(`${path}.body`, 'out-of-range', `the body has ${size} bytes`, 'at most 1 MiB');
  else if (size > 100 * 1024)
    list.warning(`${path}.body`, 'out-of-range', `a body of ${size} bytes burdens every proxy`);
  checkStatus(answer.status, `${path}.status`, list);
}
