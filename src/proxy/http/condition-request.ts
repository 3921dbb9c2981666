// What Envoy's connection manager does to the headers of a request before its filters see them (ConnectionManagerUtility's
// mutateRequestHeaders): hop-by-hop headers go, `x-forwarded-*` and `x-envoy-*` are set or dropped by who is trusted.
import type { HttpConnectionManager } from '../../decide/config/http-connection-manager.ts';
import type { RouteConfig } from '../../decide/config/route.ts';
import type { HeaderMap } from '../../decide/header-map.ts';
import type { MutableRequest } from '../../decide/request-view.ts';
import { isLoopback, lastForwardedAddress } from './client-address.ts';
import { setRequestId } from './request-id.ts';

export interface Peer {
  readonly ip: string;
  /** The machine's, which stands for a client on the machine itself. */
  readonly localIp: string;
  readonly tls: boolean;
}

const untrustedHeaders: ReadonlySet<string> = new Set([
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-ip-tags',
  'x-envoy-original-url',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-internal',
]);

const edgeHeaders: ReadonlySet<string> = new Set([
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-original-path',
]);

/** Which addresses count as internal is prepared once for each connection manager. */
export interface Conditioning {
  readonly config: HttpConnectionManager;
  readonly isInternal: (ip: string) => boolean;
  readonly routes: () => { readonly config: Pick<RouteConfig, 'internalOnlyHeaders'> } | undefined;
}

function dropInternalOnly({ routes }: Conditioning, headers: HeaderMap): void {
  const names = routes()?.config.internalOnlyHeaders;
  if (names !== undefined) for (const name of names) headers.remove(name);
}

/** Gives the client's address, as logs and hashes want it. */
export function conditionRequest(conditioning: Conditioning, request: MutableRequest, peer: Peer): string {
  const { config } = conditioning;
  const { headers } = request;
  const client = config.trust.useRemoteAddress
    ? forwardFor(config, headers, peer)
    : lastForwardedAddress(headers, config.trust.xffNumTrustedHops);
  const proto = forwardedProto(config, headers, peer);
  request.scheme = proto === 'https' ? 'https' : 'http';
  const internal = client.single && client.ip !== undefined && conditioning.isInternal(client.ip);
  const edge = !internal && config.trust.useRemoteAddress;
  const ip = client.ip ?? peer.ip;
  dropUntrusted(headers, internal, edge);
  if (!internal) dropInternalOnly(conditioning, headers);
  if (internal) headers.set('x-envoy-internal', 'true');
  if (config.via !== '') append(headers, 'via', config.via, ', ');
  if (edge) headers.set('x-envoy-external-address', ip);
  setRequestId(config, headers, edge);
  if (config.trust.forwardClientCert !== 'always-forward-only' && !peer.tls) headers.remove('x-forwarded-client-cert');
  return ip;
}

/** The connection's address is the client's, unless trusted proxies stand before us. */
function forwardFor(config: HttpConnectionManager, headers: HeaderMap, peer: Peer) {
  const single = !headers.has('x-forwarded-for');
  const hops = config.trust.xffNumTrustedHops;
  const trusted = hops > 0 ? lastForwardedAddress(headers, hops - 1).ip : undefined;
  if (!config.trust.skipXffAppend) append(headers, 'x-forwarded-for', isLoopback(peer.ip) ? peer.localIp : peer.ip);
  return { ip: trusted ?? peer.ip, single };
}

function forwardedProto(config: HttpConnectionManager, headers: HeaderMap, peer: Peer): string {
  const trusted = !config.trust.useRemoteAddress || config.trust.xffNumTrustedHops > 0;
  const given = trusted ? headers.get('x-forwarded-proto') : undefined;
  const proto = config.schemeOverwrite ?? given ?? (peer.tls ? 'https' : 'http');
  if (proto !== given) headers.set('x-forwarded-proto', proto);
  if (proto === 'http' || proto === 'https') return proto;
  return peer.tls ? 'https' : 'http';
}

function append(headers: HeaderMap, name: string, value: string, separator = ','): void {
  const before = headers.joined(name);
  headers.set(name, before === undefined || before === '' ? value : before + separator + value);
}

/** One pass over the names: most requests carry none of these. */
function dropUntrusted(headers: HeaderMap, internal: boolean, edge: boolean): void {
  const { names } = headers;
  for (let at = names.length - 1; at >= 0; at--) {
    const name = names[at]!;
    if (!name.startsWith('x-envoy-')) continue;
    const drop =
      name === 'x-envoy-internal' || (!internal && untrustedHeaders.has(name)) || (edge && edgeHeaders.has(name));
    if (drop) headers.remove(name);
    if (at > names.length) at = names.length;
  }
}
