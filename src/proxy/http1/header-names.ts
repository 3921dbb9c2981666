// Names of headers that are seen often, so that a parsed name becomes one shared string: found by a hash that the scanner makes on
// its way, then compared byte by byte, because a client may choose its names to collide.
import { tokenLower } from './byte-class.ts';

/** Those that the parser treats apart come first: their place is their id. */
export const nameId = {
  connection: 0,
  contentLength: 1,
  host: 2,
  transferEncoding: 3,
  te: 4,
  upgrade: 5,
  keepAlive: 6,
  proxyConnection: 7,
  expect: 8,
  http2Settings: 9,
} as const;
/** Ids from here on have no meaning to the parser. */
export const firstPlainId = 10;

export const knownNames: readonly string[] = [
  'connection',
  'content-length',
  'host',
  'transfer-encoding',
  'te',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'expect',
  'http2-settings',
  ...`accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-credentials
  access-control-allow-headers access-control-allow-methods access-control-allow-origin access-control-expose-headers
  access-control-max-age access-control-request-headers access-control-request-method age allow alt-svc authorization b3 baggage
  cache-control content-disposition content-encoding content-language content-location content-range content-security-policy
  content-type cookie date dnt etag expires forwarded from grpc-accept-encoding grpc-encoding grpc-message grpc-status grpc-timeout
  if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link location max-forwards origin pragma
  priority proxy-authenticate proxy-authorization range referer referrer-policy retry-after sec-ch-ua sec-ch-ua-mobile
  sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-websocket-accept sec-websocket-extensions
  sec-websocket-key sec-websocket-protocol sec-websocket-version server server-timing set-cookie strict-transport-security
  traceparent tracestate trailer upgrade-insecure-requests user-agent vary via www-authenticate x-api-key x-b3-flags
  x-b3-parentspanid x-b3-sampled x-b3-spanid x-b3-traceid x-client-trace-id x-cloud-trace-context x-content-type-options
  x-correlation-id x-datadog-parent-id x-datadog-sampling-priority x-datadog-trace-id x-envoy-attempt-count
  x-envoy-decorator-operation x-envoy-expected-rq-timeout-ms x-envoy-external-address x-envoy-internal x-envoy-max-retries
  x-envoy-original-path x-envoy-overloaded x-envoy-peer-metadata x-envoy-peer-metadata-id x-envoy-retry-on
  x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-ms x-envoy-upstream-service-time x-forwarded-client-cert
  x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-frame-options x-ot-span-context x-powered-by x-real-ip
  x-request-id x-requested-with x-xss-protection`.split(/\s+/),
];

export const hashSeed = 7;

/** One byte on. The scanner does the same inline. */
export function hashStep(hash: number, lower: number): number {
  return ((hash << 5) - hash + lower) | 0;
}

const slotCount = 512;
const slots = new Int16Array(slotCount).fill(-1);
const hashes = Int32Array.from(knownNames, (name) => {
  let hash = hashSeed;
  for (let at = 0; at < name.length; at++) hash = hashStep(hash, name.charCodeAt(at));
  return hash;
});

/** The names one behind the other, and where each begins: quicker to compare with than strings. */
const letters = Uint8Array.from(knownNames.join(''), (letter) => letter.charCodeAt(0));
const letterStarts = new Int32Array(knownNames.length + 1);

for (let id = 0; id < knownNames.length; id++) letterStarts[id + 1] = letterStarts[id]! + knownNames[id]!.length;
for (let id = 0; id < knownNames.length; id++) {
  let slot = hashes[id]! & (slotCount - 1);
  while (slots[slot]! >= 0) slot = (slot + 1) & (slotCount - 1);
  slots[slot] = id;
}

/** The place in `knownNames` of what stands in `bytes` in any case, else -1. */
export function findName(bytes: Buffer, start: number, end: number, hash: number): number {
  for (let slot = hash & (slotCount - 1); slots[slot]! >= 0; slot = (slot + 1) & (slotCount - 1)) {
    const id = slots[slot]!;
    if (hashes[id] === hash && isName(bytes, start, end, id)) return id;
  }
  return -1;
}

function isName(bytes: Buffer, start: number, end: number, id: number): boolean {
  let known = letterStarts[id]!;
  if (letterStarts[id + 1]! - known !== end - start) return false;
  for (let at = start; at < end; at++) {
    if (tokenLower[bytes[at]!] !== letters[known++]) return false;
  }
  return true;
}
