// Tells from a connection's first bytes whether they are HTTP, as Envoy's http_inspector does (docs: "HTTP Inspector").

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** Longer first lines are nobody's. */
const maxBytes = 64 << 10;
const carriageReturn = 13;
const lineFeed = 10;

/** The methods that Envoy's parser knows; the first byte alone tells most other protocols apart. */
const methods = new Set(
  (
    'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE MSEARCH NOTIFY OPTIONS ' +
    'PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE'
  ).split(' '),
);
const firstLetters = new Set([...methods].map((method) => method.charCodeAt(0)));

export type HttpInspection = 'http/1.1' | 'http/1.0' | 'h2c' | 'not-http' | 'more';

export function inspectHttp(bytes: Buffer): HttpInspection {
  const length = Math.min(bytes.length, preface.length);
  if (bytes.compare(preface, 0, length, 0, length) === 0) return bytes.length < preface.length ? 'more' : 'h2c';
  if (!firstLetters.has(bytes[0]!)) return 'not-http';
  let end = 0;
  while (end < bytes.length && bytes[end] !== carriageReturn && bytes[end] !== lineFeed) end += 1;
  if (end === bytes.length) return bytes.length >= maxBytes ? 'not-http' : 'more';
  return inspectLine(bytes.toString('latin1', 0, end));
}

function inspectLine(line: string): HttpInspection {
  const [method = '', target, version, ...rest] = line.split(' ');
  if (!methods.has(method) || target === undefined || target === '' || rest.length > 0) return 'not-http';
  if (version === 'HTTP/1.1') return 'http/1.1';
  return version !== undefined && /^HTTP\/\d\.\d$/.test(version) ? 'http/1.0' : 'not-http';
}
