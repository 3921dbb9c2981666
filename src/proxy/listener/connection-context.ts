// What the access log tells of a connection without requests, once it is over.
import type { FormatContext } from '../../decide/format/format-context.ts';
import type { StreamInfo } from '../../decide/stream-info.ts';
import { addressText } from './address-text.ts';
import type { ConnectionInfo } from './downstream.ts';

export function connectionContext(info: ConnectionInfo, outcome: Partial<StreamInfo>): FormatContext {
  const remote = addressText(info.remote);
  const stream = {
    downstreamRemoteAddress: remote,
    downstreamDirectRemoteAddress: remote,
    downstreamLocalAddress: addressText(info.local),
    requestedServerName: info.serverName === '' ? undefined : info.serverName,
    connectionId: info.id,
    startTimeMs: info.acceptedAtMs,
    durationMs: Date.now() - info.acceptedAtMs,
    responseCode: 0,
    bytesReceived: 0,
    bytesSent: 0,
    listenerName: info.listener,
    ...outcome,
  };
  return { request: undefined, responseHeaders: undefined, responseTrailers: undefined, stream };
}
