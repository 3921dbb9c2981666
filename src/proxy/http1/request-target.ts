// The four forms of a request target: RFC 9112 section 3.2.
import type { Http1Problem } from './problem.ts';

export interface Target {
  path: string;
  /** Undefined: the Host header tells it. */
  authority: string | undefined;
  absolute: boolean;
  problem: Http1Problem | undefined;
}

/** Overwritten by every call: read it at once. */
const target: Target = { path: '', authority: undefined, absolute: false, problem: undefined };

function result(path: string, authority: string | undefined, problem: Http1Problem | undefined): Target {
  target.path = path;
  target.authority = authority;
  target.absolute = false;
  target.problem = problem;
  return target;
}

export function readTarget(method: string, text: string): Target {
  if (text.includes('#')) return result('', undefined, 'fragment');
  if (method === 'CONNECT') return result('', text, undefined);
  if (text.charCodeAt(0) === 47) return result(text, undefined, undefined);
  if (text === '*') return result(text, undefined, method === 'OPTIONS' ? undefined : 'bad-target');
  return readAbsolute(text);
}

/** With only such characters in the authority as Envoy's parser takes for one: the rest is told as another problem. */
const absoluteForm = /^[a-z]+:\/\/[a-z0-9!$%&'()*+,\-.:;=@[\]_~]*(?:[/?]|$)/i;

/** What stands behind the authority is the path, even where that is a query alone: as in Envoy, no route takes it. */
function readAbsolute(text: string): Target {
  if (!absoluteForm.test(text)) return result('', undefined, 'no-target');
  const scheme = text.indexOf('://');
  const name = text.slice(0, scheme).toLowerCase();
  if (name !== 'http' && name !== 'https') return result('', undefined, 'bad-scheme');
  const start = scheme + 3;
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== 47 && text.charCodeAt(end) !== 63) end++;
  if (end === start) return result('', undefined, 'bad-target');
  result(end === text.length ? '/' : text.slice(end), text.slice(start, end), undefined);
  target.absolute = true;
  return target;
}
