// What Envoy's connection manager does to the headers of an answer before they leave.
import type { HeaderMap } from '../../decide/header-map.ts';
import { decorateResponse } from './decorator.ts';
import type { HttpStream } from './stream.ts';

export function conditionResponse(stream: HttpStream, headers: HeaderMap): void {
  const { config } = stream.server;
  if (!headers.has('date')) headers.add('date', httpDate());
  const keepServer =
    config.serverHeader === 'pass-through' || (config.serverHeader === 'append-if-absent' && headers.has('server'));
  if (!keepServer) headers.set('server', config.serverName);
  if (config.via !== '') {
    const via = headers.joined('via');
    headers.set('via', via === undefined || via === '' ? config.via : `${via}, ${config.via}`);
  }
  if (config.requestId.alwaysSetInResponse || stream.request.headers.has('x-envoy-force-trace')) {
    const id = stream.request.headers.get('x-request-id');
    if (id !== undefined) headers.set('x-request-id', id);
  }
  decorateResponse(stream, headers);
}

let dateSecond = 0;
let dateText = '';

/** Of the current second, made once for it. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
