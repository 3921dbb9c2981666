// The hash that consistent balancing goes by, from the route's hash policies.
import type { HashPolicy } from '../config/route-action.ts';
import type { HeaderMap } from '../header-map.ts';
import { queryParameter } from '../match/query-parameters.ts';
import type { RequestView } from '../request-view.ts';
import type { StreamInfo } from '../stream-info.ts';
import { xxHash64 } from '../xx-hash.ts';

export interface RequestHash {
  /** undefined: no policy found anything; the balancer takes a random one. */
  readonly hash: bigint | undefined;
  /** Values of `set-cookie` for the response, for clients that had no cookie yet. */
  readonly setCookies: readonly string[];
}

type Stream = Pick<StreamInfo, 'downstreamRemoteAddress' | 'downstreamLocalAddress'>;

const nothing: RequestHash = { hash: undefined, setCookies: [] };

export function requestHash(policies: readonly HashPolicy[], request: RequestView, stream: Stream): RequestHash {
  if (policies.length === 0) return nothing;
  const setCookies: string[] = [];
  let hash: bigint | undefined;
  for (const policy of policies) {
    const found = hashOf(policy, request, stream, setCookies);
    if (found !== undefined) hash = hash === undefined ? found : rotated(hash) ^ found;
    if (policy.terminal && hash !== undefined) break;
  }
  return { hash, setCookies };
}

/** Otherwise two equal hashes would cancel each other out. */
function rotated(hash: bigint): bigint {
  return ((hash << 1n) | (hash >> 63n)) & 0xffff_ffff_ffff_ffffn;
}

function hashOf(policy: HashPolicy, request: RequestView, stream: Stream, setCookies: string[]): bigint | undefined {
  switch (policy.kind) {
    case 'header':
      return headerHash(policy, request);
    case 'cookie':
      return cookieHash(policy, request, stream, setCookies);
    case 'source-ip': {
      const address = withoutPort(stream.downstreamRemoteAddress ?? '');
      return address === '' ? undefined : xxHash64(address);
    }
    case 'query-parameter': {
      const value = queryParameter(request.path, policy.name);
      return value === undefined ? undefined : xxHash64(value);
    }
  }
}

/** The order of several values does not count. */
function headerHash(policy: Extract<HashPolicy, { kind: 'header' }>, request: RequestView): bigint | undefined {
  const { header, rewrite } = policy;
  let values =
    header.startsWith(':') || header === 'host' ? pseudoValues(request, header) : request.headers.getAll(header);
  if (values.length === 0) return undefined;
  if (rewrite !== undefined) values = values.map((value) => rewrite.regex.replaceAll(value, rewrite.substitution));
  let hash = 0n;
  for (const value of values.length === 1 ? values : values.toSorted()) hash = xxHash64(value, hash);
  return hash;
}

function pseudoValues(request: RequestView, name: string): string[] {
  if (name === ':path') return [request.path];
  if (name === ':method') return [request.method];
  if (name === ':scheme') return [request.scheme];
  return name === ':authority' || name === 'host' ? [request.authority] : [];
}

function cookieHash(
  policy: Extract<HashPolicy, { kind: 'cookie' }>,
  request: RequestView,
  stream: Stream,
  setCookies: string[],
): bigint | undefined {
  const known = cookieValue(request.headers, policy.cookie);
  if (known !== undefined && known !== '') return xxHash64(known);
  if (policy.ttlMs === undefined) return undefined;
  const made = newCookieValue(stream);
  setCookies.push(cookieText(policy, policy.ttlMs, made));
  return xxHash64(made);
}

/** The same for all requests of a connection, as Envoy makes it. */
function newCookieValue({ downstreamRemoteAddress = '', downstreamLocalAddress = '' }: Stream): string {
  return xxHash64(downstreamRemoteAddress + downstreamLocalAddress)
    .toString(16)
    .padStart(16, '0');
}

function cookieText(policy: Extract<HashPolicy, { kind: 'cookie' }>, ttlMs: number, value: string): string {
  const seconds = Math.trunc(ttlMs / 1000);
  const age = seconds === 0 ? '' : `; Max-Age=${seconds}`;
  const path = policy.path === '' ? '' : `; Path=${policy.path}`;
  const attributes = policy.attributes.map((entry) =>
    entry.value === '' ? `; ${entry.name}` : `; ${entry.name}=${entry.value}`,
  );
  return `${policy.cookie}="${value}"${age}${path}${attributes.join('')}; HttpOnly`;
}

/** Quotes around a value are not part of it. */
export function cookieValue(headers: HeaderMap, name: string): string | undefined {
  for (let at = 0; at < headers.size; at++) {
    if (headers.names[at] !== 'cookie') continue;
    for (const pair of headers.values[at]!.split(';')) {
      const equal = pair.indexOf('=');
      if (equal < 0 || pair.slice(0, equal).trim() !== name) continue;
      const value = pair.slice(equal + 1).trim();
      return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
    }
  }
  return undefined;
}

function withoutPort(address: string): string {
  const colon = address.lastIndexOf(':');
  return (colon < 0 ? address : address.slice(0, colon)).replace(/^\[(.*)\]$/, '$1');
}
