// ConnectionPoolSettings, which DestinationRule and Sidecar share: known and validated, without effect so far.
import { boolean, type Infer, int32, object, oneOf, string, uint32 } from '../../schema.ts';
import { checkDuration, durationSchema } from './durations.ts';
import type { IssueList } from './issue-list.ts';

export const connectionPoolSchema = object({
  tcp: object({
    maxConnections: int32(),
    connectTimeout: durationSchema(),
    maxConnectionDuration: durationSchema(),
    // The one duration that the CRD takes for any text.
    idleTimeout: string(),
    tcpKeepalive: object({ probes: uint32(), time: durationSchema(), interval: durationSchema() }),
  }),
  http: object({
    http1MaxPendingRequests: int32(),
    http2MaxRequests: int32(),
    maxRequestsPerConnection: int32(),
    maxRetries: int32(),
    idleTimeout: durationSchema(),
    h2UpgradePolicy: oneOf(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']),
    useClientProtocol: boolean(),
    maxConcurrentStreams: int32(),
    http2KeepAlive: object({ interval: durationSchema(), timeout: durationSchema() }),
  }),
});

export type ConnectionPoolBody = Infer<typeof connectionPoolSchema>;

const counts = [
  'http1MaxPendingRequests',
  'http2MaxRequests',
  'maxRequestsPerConnection',
  'maxRetries',
  'maxConcurrentStreams',
] as const;

export function checkConnectionPool(pool: ConnectionPoolBody | undefined, path: string, list: IssueList): void {
  if (pool === undefined) return;
  const { http, tcp } = pool;
  if (http === undefined && tcp === undefined) list.error(path, 'missing', 'one of `tcp` and `http` is needed');
  for (const field of counts) checkCount(http?.[field], `${path}.http.${field}`, list);
  checkCount(tcp?.maxConnections, `${path}.tcp.maxConnections`, list);
  list.add(`${path}.http.idleTimeout`, checkDuration(http?.idleTimeout));
  if (http?.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol === true) {
    list.error(`${path}.http.useClientProtocol`, 'crossing', 'excludes `h2UpgradePolicy: UPGRADE`');
  }
  for (const field of ['connectTimeout', 'maxConnectionDuration', 'idleTimeout'] as const) {
    list.add(`${path}.tcp.${field}`, checkDuration(tcp?.[field]));
  }
  for (const field of ['time', 'interval'] as const) {
    list.add(`${path}.tcp.tcpKeepalive.${field}`, checkDuration(tcp?.tcpKeepalive?.[field]));
  }
}

function checkCount(value: number | undefined, path: string, list: IssueList): void {
  if (value !== undefined && value < 0) list.error(path, 'out-of-range', `${value} is out of range`, 'at least 0');
}
