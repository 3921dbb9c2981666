// What one request's head may take of us, by the connection manager's settings.
import type { HttpConnectionManager } from '../../decide/config/http-connection-manager.ts';
import { defaultLimits, type Http1Limits } from '../http1/limits.ts';

const known = new WeakMap<HttpConnectionManager, Http1Limits>();

export function requestLimits(config: HttpConnectionManager): Http1Limits {
  let limits = known.get(config);
  if (!limits) {
    const maxHeadBytes = config.maxRequestHeadersKb * 1024;
    limits = {
      ...defaultLimits,
      maxHeadBytes,
      maxUrlBytes: maxHeadBytes,
      maxHeaders: config.maxHeadersCount,
      acceptHttp10: config.http1.acceptHttp10,
    };
    known.set(config, limits);
  }
  return limits;
}
