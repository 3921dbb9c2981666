// Headers of which Envoy keeps one value: a further one is appended to it behind a comma, whoever sent or added it. Which those are
// was measured on Envoy 1.40; they differ between requests and responses.
import type { HeaderMap } from './header-map.ts';

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

export const singleInRequests = words(
  `accept accept-encoding access-control-request-headers access-control-request-method authorization cache-control
  connection content-encoding content-length content-type expect grpc-accept-encoding grpc-timeout if-match
  if-modified-since if-none-match if-range if-unmodified-since keep-alive origin pragma proxy-connection proxy-status
  referer te transfer-encoding upgrade user-agent via x-client-trace-id x-envoy-attempt-count x-envoy-decorator-operation
  x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms
  x-envoy-external-address x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags x-envoy-is-timeout-retry
  x-envoy-max-retries x-envoy-original-host x-envoy-original-path x-envoy-retriable-header-names
  x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name
  x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms
  x-envoy-upstream-stream-duration-ms x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-port
  x-forwarded-proto x-request-id`,
);

export const singleInResponses = words(
  `access-control-allow-credentials access-control-allow-headers access-control-allow-methods access-control-allow-origin
  access-control-expose-headers access-control-max-age age cache-control connection content-encoding content-length
  content-type date etag expires grpc-message grpc-status keep-alive last-modified location proxy-connection proxy-status
  server transfer-encoding upgrade vary via x-envoy-attempt-count x-envoy-decorator-operation x-envoy-degraded
  x-envoy-immediate-health-check-fail x-envoy-ratelimited x-envoy-upstream-canary x-envoy-upstream-healthchecked-cluster
  x-envoy-upstream-service-time x-request-id`,
);

export function appendHeader(headers: HeaderMap, name: string, value: string, single: ReadonlySet<string>): void {
  const known = single.has(name) ? headers.get(name) : undefined;
  if (known === undefined) headers.add(name, value);
  else if (value !== '') headers.set(name, known === '' ? value : `${known},${value}`);
}

/**
 * For headers as they were received. Changes nothing where none of them is repeated; a set of 32 marks, made of length and first and
 * last letter, finds most heads to be so in one pass.
 */
export function joinSingleHeaders(headers: HeaderMap, single: ReadonlySet<string>): void {
  const { names, values } = headers;
  let seen = 0;
  for (let at = 0; at < names.length; at++) {
    const name = names[at]!;
    const { length } = name;
    const mark = 1 << ((length * 5 + name.charCodeAt(0) * 3 + name.charCodeAt(length - 1)) & 31);
    if ((seen & mark) === 0) {
      seen |= mark;
      continue;
    }
    if (names.indexOf(name) === at || !single.has(name)) continue;
    const parts = values.filter((value, index) => names[index] === name && value !== '');
    headers.set(name, parts.join(','));
    at--;
  }
}
