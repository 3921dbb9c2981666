// Who may talk to the API: local names only, no foreign web page, and the bearer of the token.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';

/** Throws the refusal. The API starts processes, so a web page that resolves its own name to 127.0.0.1 must not reach it. */
export function guardRequest(request: IncomingMessage, token: string): void {
  const { host, origin, authorization = '' } = request.headers;
  if (!isLocal(host)) {
    throw new ApiError(403, 'Forbidden', 'this API answers only to 127.0.0.1, localhost and [::1] as its host name');
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new ApiError(403, 'Forbidden', 'this API does not answer web pages of another origin');
  }
  if (!sameText(tokenIn(authorization), token)) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
}

/** As a bearer, or as the password of whatever user: the form that kubectl sends over plain HTTP. */
function tokenIn(authorization: string): string {
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return credentials;
  return Buffer.from(credentials, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

function isLocal(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host);
}

/** In constant time; digests, so that lengths do not matter either. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
