// Protocol names of Istio's ports, in any case.
import { didYouMean } from '../../../lib/did-you-mean.ts';
import type { Problem } from './issue-list.ts';

const http: ReadonlySet<string> = new Set(['http', 'http2', 'http_proxy', 'grpc', 'grpc-web']);
const tls: ReadonlySet<string> = new Set(['https', 'tls']);
const others = ['tcp', 'udp', 'mongo', 'redis', 'mysql', 'hbone', 'double-hbone'];
const known: ReadonlySet<string> = new Set([...http, ...tls, ...others]);

export function isHttpProtocol(name: string): boolean {
  return http.has(name.toLowerCase());
}

export function isTlsProtocol(name: string): boolean {
  return tls.has(name.toLowerCase());
}

export function isKnownProtocol(name: string): boolean {
  return known.has(name.toLowerCase());
}

/** Empty leaves it to sniffing. */
export function checkProtocol(name: string | undefined): Problem {
  if (name === undefined || name === '' || isKnownProtocol(name)) return undefined;
  const guess = didYouMean(name, known)?.toUpperCase();
  const hint = guess === undefined ? 'such as HTTP, HTTP2, GRPC, HTTPS, TLS or TCP' : `did you mean \`${guess}\`?`;
  return { code: 'bad-enum', message: `\`${name}\` is not a protocol`, hint };
}
