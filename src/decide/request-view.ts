// What decisions see of a request. `host` is not among the headers: it is the authority, as in Envoy.
import type { HeaderMap } from './header-map.ts';

export interface RequestView {
  readonly method: string;
  /** With the query, normalised: what is matched is what is forwarded. */
  readonly path: string;
  readonly authority: string;
  readonly scheme: 'http' | 'https';
  readonly headers: HeaderMap;
}

/** The same, to those decisions that change the request: header operations and rewrites. */
export interface MutableRequest extends RequestView {
  path: string;
  authority: string;
  scheme: 'http' | 'https';
}

/** A header as matchers and formats name it: `:method` and the like, and `host`, stand for the request line. */
export function requestHeader(request: RequestView, name: string): string | undefined {
  if (name.charCodeAt(0) === 58) return pseudoHeader(request, name);
  if (name === 'host') return request.authority;
  return request.headers.joined(name);
}

function pseudoHeader(request: RequestView, name: string): string | undefined {
  switch (name) {
    case ':method':
      return request.method;
    case ':path':
      return request.path;
    case ':authority':
      return request.authority;
    case ':scheme':
      return request.scheme;
    default:
      return undefined;
  }
}
