// The one place that normalises a request's path, in Envoy's three steps: escaped slashes, RFC 3986 (as Chromium's canonicaliser does
// it, measured on Envoy 1.40), repeated slashes. What comes out is what is matched, logged and forwarded.
import type { PathNormalization } from './config/http-connection-manager.ts';

export type PathSettings = Pick<PathNormalization, 'normalize' | 'mergeSlashes' | 'escapedSlashes'>;

export type NormalisedPath =
  /** `path` is the one handed in if nothing had to change. */
  | { readonly kind: 'path'; readonly path: string }
  /** To be answered with 400, details `path_normalization_failed`. */
  | { readonly kind: 'reject' }
  /** To be answered with 307 and this location, details `path_normalization_redirect`. */
  | { readonly kind: 'redirect'; readonly location: string };

const rejected: NormalisedPath = { kind: 'reject' };

const slash = 47;
const dot = 46;
const backslash = 92;
const percent = 37;

/** What stands in a path is: plain, written as an escape, or one that starts something (dot, slash, backslash, percent). */
const plain = 0;
const escaped = 1;
const special = 2;

function kindOf(code: number): number {
  if (code === percent || code === backslash || code === dot) return special;
  if (code <= 32 || code >= 127) return escaped;
  return '"<>^`{|}#'.includes(String.fromCharCode(code)) ? escaped : plain;
}

const kinds = Uint8Array.from({ length: 256 }, (_, code) => kindOf(code));

/**
 * Query excluded: it goes on as it came. `path` begins with a slash; others (`*`, a relative one) are handed back, since the caller
 * refuses them anyway.
 */
export function normalisePath(path: string, settings: PathSettings): NormalisedPath {
  const query = path.indexOf('?');
  const end = query < 0 ? path.length : query;
  if (path.charCodeAt(0) !== slash || isPlain(path, end, settings)) return { kind: 'path', path };
  const sent = path.slice(0, end);
  const found = settings.escapedSlashes !== 'keep' && hasEscapedSlash(sent);
  if (found && settings.escapedSlashes === 'reject') return rejected;
  let result: string | undefined = found ? unescapeSlashes(sent) : sent;
  if (settings.normalize) result = canonical(result);
  if (result === undefined) return rejected;
  if (settings.mergeSlashes) result = mergeSlashes(result);
  const whole = end === path.length ? result : result + path.slice(end);
  if (found && settings.escapedSlashes === 'unescape-and-redirect') return { kind: 'redirect', location: whole };
  return { kind: 'path', path: whole };
}

/** Nothing in it that any of the steps would look at: nearly every path. */
function isPlain(path: string, end: number, settings: PathSettings): boolean {
  let before = 0;
  for (let at = 0; at < end; at++) {
    const code = path.charCodeAt(at);
    if (kinds[code] !== plain && (code !== dot || before === slash)) return false;
    if (code === slash && before === slash && settings.mergeSlashes) return false;
    before = code;
  }
  return true;
}

function hasEscapedSlash(path: string): boolean {
  for (let at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 1)) {
    if (escapedSlashAt(path, at) !== '') return true;
  }
  return false;
}

/** The slash that an escape at this place stands for, as it was: `%2F` and `%5C` in any case. */
function escapedSlashAt(path: string, at: number): string {
  const code = hexByte(path, at + 1);
  return code === slash ? '/' : code === backslash ? '\\' : '';
}

function unescapeSlashes(path: string): string {
  let result = '';
  let from = 0;
  for (let at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 1)) {
    const unescaped = escapedSlashAt(path, at);
    if (unescaped === '') continue;
    result += path.slice(from, at) + unescaped;
    from = at + 3;
  }
  return result + path.slice(from);
}

/** The byte that two hexadecimal digits say, else -1. */
function hexByte(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function isUnreserved(code: number): boolean {
  if (code >= 48 && code <= 57) return true;
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || code === 45 || code === dot || code === 95 || code === 126;
}

/** Undefined: a path with a NUL in it has no canonical form. Segments are decoded before dots are looked for, so `%2e%2e` goes up. */
function canonical(path: string): string | undefined {
  const segments: string[] = [];
  const text = path.includes('/.') ? stripDotParameters(path) : path;
  for (let at = 1; at <= text.length; at++) {
    let end = at;
    while (end < text.length && text.charCodeAt(end) !== slash && text.charCodeAt(end) !== backslash) end++;
    const segment = decodeSegment(text.slice(at, end));
    if (segment === undefined) return undefined;
    endSegment(segments, segment, end === text.length);
    at = end;
  }
  return `/${segments.join('/')}`;
}

/** `/a/..;x=1/b` goes up too, as servers that know path parameters read it. Envoy looks for that before it decodes anything. */
function stripDotParameters(path: string): string {
  if (!path.includes('.;')) return path;
  return path
    .split('/')
    .map((segment) => (segment.startsWith('.;') ? '.' : segment.startsWith('..;') ? '..' : segment))
    .join('/');
}

/** Escapes of unreserved characters are decoded, and what may not stand in a path is escaped. */
function decodeSegment(text: string): string | undefined {
  let result = '';
  /** Where the result has a percent sign that begins no escape. */
  let lonePercent = -3;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const byte = code === percent ? hexByte(text, at + 1) : -1;
    if (byte === 0 || code === 0) return undefined;
    if (byte < 0) {
      if (code === percent) lonePercent = result.length;
      result += kinds[code] === escaped ? escapeByte(code) : text[at]!;
      continue;
    }
    at += 2;
    if (!isUnreserved(byte)) result += text.slice(at - 2, at + 1);
    else result = guardPercent(result + String.fromCharCode(byte), lonePercent, text[at + 1]);
  }
  return result;
}

/** A decoded character must not complete an escape that was none before: `%2%61` is `%252a`, else the next reader would decode again. */
function guardPercent(result: string, lonePercent: number, next: string | undefined): string {
  const behind = result.length - 1 - lonePercent;
  if (behind > 2) return result;
  const digits = behind === 2 ? result : result + (next ?? '');
  if (hexByte(digits, lonePercent + 1) < 0) return result;
  return `${result.slice(0, lonePercent)}%25${result.slice(lonePercent + 1)}`;
}

/** A dot segment at the end leaves a slash behind: `/a/..` is `/`. */
function endSegment(segments: string[], segment: string, last: boolean): void {
  const goesUp = segment === '..';
  if (!goesUp && segment !== '.') {
    segments.push(segment);
    return;
  }
  if (goesUp) segments.pop();
  if (last) segments.push('');
}

function escapeByte(code: number): string {
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

function mergeSlashes(path: string): string {
  if (!path.includes('//')) return path;
  let result = '';
  let before = 0;
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code !== slash || before !== slash) result += path[at]!;
    before = code;
  }
  // Envoy's: the path of nothing but slashes keeps the first and the last.
  return result === '/' ? '//' : result;
}
