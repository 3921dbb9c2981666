// `x-request-id`: a v4 UUID whose version digit tells what was decided about tracing (Envoy's uuid request id extension).
import { randomUUID } from 'node:crypto';
import type { HttpConnectionManager } from '../../decide/config/http-connection-manager.ts';
import type { HeaderMap } from '../../decide/header-map.ts';

const digitAt = 14;
const notTraced = '4';
const sampled = '9';
const forced = 'a';
const byClient = 'b';

/** Makes the id where there is none, and a new one for what comes from outside. */
export function setRequestId(config: HttpConnectionManager, headers: HeaderMap, isEdge: boolean): void {
  const settings = config.requestId;
  const id = headers.get('x-request-id');
  if (settings.generate) {
    if (id === undefined) headers.add('x-request-id', randomUUID());
    else if (isEdge && !settings.preserveExternal) headers.set('x-request-id', randomUUID());
    else if (isEdge && settings.packTraceReason) markTraced(headers, id, notTraced);
  }
  if (config.tracing && settings.useForTraceSampling) decideSampling(config.tracing, headers, settings.packTraceReason);
}

type Tracing = NonNullable<HttpConnectionManager['tracing']>;

function decideSampling(tracing: Tracing, headers: HeaderMap, pack: boolean): void {
  const id = headers.get('x-request-id');
  if (id === undefined || id.length < 36) return;
  const share = Number.parseInt(id.slice(0, 8), 16) % 10_000;
  if (Number.isNaN(share)) return;
  let digit = id.charAt(digitAt);
  if (digit !== sampled && digit !== forced && digit !== byClient) {
    if (headers.has('x-client-trace-id') && share < tracing.clientPercent * 100) digit = byClient;
    else if (headers.has('x-envoy-force-trace')) digit = forced;
    else if (share < tracing.randomPercent * 100) digit = sampled;
  }
  if (share >= tracing.overallPercent * 100) digit = notTraced;
  if (pack) markTraced(headers, id, digit);
}

function markTraced(headers: HeaderMap, id: string, digit: string): void {
  if (id.length !== 36 || id.charAt(digitAt) === digit) return;
  headers.set('x-request-id', id.slice(0, digitAt) + digit + id.slice(digitAt + 1));
}
