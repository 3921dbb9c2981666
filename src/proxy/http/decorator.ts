// `x-envoy-decorator-operation`: the route's name for an operation goes to the receiving sidecar with the request, or back with the
// answer; it is never shown to applications. Only where tracing is configured, as with Envoy.
import type { HeaderMap } from '../../decide/header-map.ts';
import type { HttpStream } from './stream.ts';

const name = 'x-envoy-decorator-operation';

export function decorateRequest(stream: HttpStream): void {
  if (!stream.server.config.tracing) return;
  const { headers } = stream.request;
  if (stream.server.direction !== 'outbound') {
    const given = headers.get(name);
    if (given !== undefined) headers.remove(name);
    stream.decoratorOverridden = given !== undefined && given !== '';
    return;
  }
  const decorator = stream.chosen?.route.decorator;
  if (decorator?.propagate && decorator.operation !== '') headers.set(name, decorator.operation);
}

export function decorateResponse(stream: HttpStream, headers: HeaderMap): void {
  if (!stream.server.config.tracing) return;
  if (stream.server.direction === 'outbound') {
    headers.remove(name);
    return;
  }
  const decorator = stream.chosen?.route.decorator;
  const own = decorator?.propagate && decorator.operation !== '' && !stream.decoratorOverridden;
  if (own) headers.set(name, decorator.operation);
}
