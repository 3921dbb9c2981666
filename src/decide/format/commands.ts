// What each command of a format string prints. A command without an entry is one that nothing is known for: it prints as missing.
import { queryParameter } from '../match/query-parameters.ts';
import { pathOnly } from '../route/path-text.ts';
import type { RequestView } from '../request-view.ts';
import type { StreamInfo } from '../stream-info.ts';
import type { FormatContext } from './format-context.ts';
import { grpcStatusName, grpcStatusOf } from './grpc-status.ts';
import { formatTime, isoTime } from './time-format.ts';

/** undefined: there is no such value now. */
export type FormatValue = string | number | undefined;
export type Command = (context: FormatContext, argument: string | undefined) => FormatValue;

const ofStream =
  (read: (stream: StreamInfo) => FormatValue): Command =>
  ({ stream }) =>
    read(stream);

const address = {
  DOWNSTREAM_REMOTE: ({ downstreamRemoteAddress }) => downstreamRemoteAddress,
  DOWNSTREAM_DIRECT_REMOTE: (stream) => stream.downstreamDirectRemoteAddress ?? stream.downstreamRemoteAddress,
  DOWNSTREAM_LOCAL: ({ downstreamLocalAddress }) => downstreamLocalAddress,
  DOWNSTREAM_DIRECT_LOCAL: ({ downstreamLocalAddress }) => downstreamLocalAddress,
  UPSTREAM_REMOTE: ({ upstreamHost }) => upstreamHost,
  UPSTREAM_LOCAL: ({ upstreamLocalAddress }) => upstreamLocalAddress,
} satisfies Record<string, (stream: StreamInfo) => string | undefined>;

/** `%X_ADDRESS%`, `%X_ADDRESS_WITHOUT_PORT%` and `%X_PORT%`. */
const addresses: [string, Command][] = Object.entries(address).flatMap(([name, read]): [string, Command][] => [
  [`${name}_ADDRESS`, ofStream(read)],
  [`${name}_ADDRESS_WITHOUT_PORT`, ofStream((stream) => hostPart(read(stream)))],
  [`${name}_PORT`, ofStream((stream) => portPart(read(stream)))],
]);

const streamCommands: Readonly<Record<string, (stream: StreamInfo) => FormatValue>> = {
  PROTOCOL: (stream) => stream.protocol,
  RESPONSE_CODE: (stream) => stream.responseCode ?? 0,
  RESPONSE_CODE_DETAILS: (stream) => stream.responseCodeDetails || undefined,
  RESPONSE_FLAGS: (stream) => stream.responseFlags || '-',
  RESPONSE_FLAGS_LONG: (stream) => stream.responseFlagsLong || '-',
  CONNECTION_TERMINATION_DETAILS: (stream) => stream.connectionTerminationDetails,
  UPSTREAM_TRANSPORT_FAILURE_REASON: (stream) => stream.upstreamTransportFailureReason || undefined,
  BYTES_RECEIVED: (stream) => stream.bytesReceived ?? 0,
  BYTES_SENT: (stream) => stream.bytesSent ?? 0,
  DURATION: (stream) => whole(stream.durationMs),
  REQUEST_DURATION: (stream) => whole(stream.requestReceivedMs),
  REQUEST_TX_DURATION: (stream) => whole(stream.requestSentMs),
  RESPONSE_DURATION: (stream) => whole(stream.responseFirstByteMs),
  RESPONSE_TX_DURATION: ({ durationMs, responseFirstByteMs }) =>
    durationMs === undefined || responseFirstByteMs === undefined ? undefined : whole(durationMs - responseFirstByteMs),
  UPSTREAM_HOST: (stream) => stream.upstreamHost,
  UPSTREAM_HOST_NAME: (stream) => stream.upstreamHostName ?? stream.upstreamHost,
  UPSTREAM_HOST_NAME_WITHOUT_PORT: (stream) => hostPart(stream.upstreamHostName ?? stream.upstreamHost),
  UPSTREAM_CLUSTER: (stream) => stream.upstreamCluster,
  UPSTREAM_CLUSTER_RAW: (stream) => stream.upstreamCluster,
  UPSTREAM_CONNECTION_ID: (stream) => stream.upstreamConnectionId,
  UPSTREAM_PROTOCOL: (stream) => stream.upstreamProtocol,
  UPSTREAM_REQUEST_ATTEMPT_COUNT: (stream) => stream.attemptCount ?? 0,
  ROUTE_NAME: (stream) => stream.routeName || undefined,
  REQUESTED_SERVER_NAME: ({ requestedServerName: name }) => (name ? plainHostName(name) : undefined),
  CONNECTION_ID: (stream) => stream.connectionId,
  FILTER_CHAIN_NAME: (stream) => stream.filterChainName || undefined,
  LISTENER_NAME: (stream) => stream.listenerName || undefined,
  HOSTNAME: (stream) => stream.hostname,
  UNIQUE_ID: (stream) => stream.uniqueId,
  STREAM_ID: (stream) => stream.uniqueId,
  DOWNSTREAM_TLS_VERSION: (stream) => stream.downstreamTls?.version,
  DOWNSTREAM_TLS_CIPHER: (stream) => stream.downstreamTls?.cipher,
  DOWNSTREAM_PEER_SUBJECT: (stream) => stream.downstreamTls?.subject,
  DOWNSTREAM_PEER_URI_SAN: (stream) => stream.downstreamTls?.uriSan,
  DOWNSTREAM_PEER_DNS_SAN: (stream) => stream.downstreamTls?.dnsSan,
};

/** A client may send any bytes as a name: a line break in it would begin a line of the log. */
function plainHostName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9.-]/g, '_');
  return plain === name ? name : `invalid:${plain}`;
}

const otherCommands: Readonly<Record<string, Command>> = {
  START_TIME: ({ stream }, pattern) => time(stream.startTimeMs, pattern),
  START_TIME_LOCAL: ({ stream }, pattern) => time(stream.startTimeMs, pattern),
  EMIT_TIME: ({ nowMs }, pattern) => time(nowMs, pattern),
  EMIT_TIME_LOCAL: ({ nowMs }, pattern) => time(nowMs, pattern),
  ENVIRONMENT: ({ environment }, name) => environment?.[name ?? ''],
  QUERY_PARAM: ({ request }, name) => request && decoded(queryParameter(request.path, name ?? '')),
  QUERY_PARAMS: ({ request }) => request && queryOf(request.path),
  PATH: ({ request }, option) => request && pathAs(request, option),
  REQUEST_HEADERS_BYTES: ({ request }) => request?.headers.bytes() ?? 0,
  RESPONSE_HEADERS_BYTES: ({ responseHeaders }) => responseHeaders?.bytes() ?? 0,
  RESPONSE_TRAILERS_BYTES: ({ responseTrailers }) => responseTrailers?.bytes() ?? 0,
  GRPC_STATUS: (context, form) => {
    const status = grpcStatusOf(context);
    return status === undefined ? undefined : grpcStatusName(status, form);
  },
  GRPC_STATUS_NUMBER: grpcStatusOf,
};

export const commands: ReadonlyMap<string, Command> = new Map([
  ...addresses,
  ...Object.entries(streamCommands).map(([name, read]): [string, Command] => [name, ofStream(read)]),
  ...Object.entries(otherCommands),
]);

function time(ms: number | undefined, pattern: string | undefined): string | undefined {
  if (ms === undefined) return undefined;
  return pattern === undefined || pattern === '' ? isoTime(ms) : formatTime(ms, pattern);
}

function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.max(0, Math.floor(ms));
}

function hostPart(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const colon = address.lastIndexOf(':');
  return (colon < 0 ? address : address.slice(0, colon)).replace(/^\[(.*)\]$/, '$1');
}

function portPart(address: string | undefined): number | undefined {
  return address === undefined ? undefined : Number(address.slice(address.lastIndexOf(':') + 1));
}

/** The path that was asked for, if it was rewritten. */
function pathAs({ headers, path }: RequestView, option: string | undefined): string {
  const original = headers.get('x-envoy-original-path') ?? path;
  return option === 'NQ' ? pathOnly(original) : original;
}

function queryOf(path: string): string | undefined {
  const question = path.indexOf('?');
  return question < 0 ? undefined : path.slice(question);
}

/** Percent escapes as their bytes; `+` stays. What is no escape stays too. */
function decoded(text: string | undefined): string | undefined {
  return text?.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
