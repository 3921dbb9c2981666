// Valid HTTP/1.1 as it is met: the seeds of fuzzing, and what is compared with Node's own parser.
const chunks = '5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n';

export const requestCorpus: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /path/to?x=1&y=%20z HTTP/1.1\r\nHost: reviews.shop:9080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n',
  'HEAD /h HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  'DELETE /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /p HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world',
  `POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
  'POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n',
  'POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok',
  'GET http://b.example:81/abs?q HTTP/1.1\r\nHost: b.example:81\r\n\r\n',
  'GET /v6 HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n',
  'GET /old HTTP/1.0\r\nHost: a\r\n\r\n',
  'GET /old HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n',
  '\r\nGET /lead HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n',
  `POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`,
  'GET /many HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\nCookie: e=f\r\nX-Tab:\ta\tb \t\r\nX-Empty:\r\nX-High: \xe9\xff\r\n\r\n',
  'GET /hop HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers, gzip\r\n\r\n',
  'PATCH /te HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nProxy-Connection: x\r\nContent-Length: 1\r\n\r\nx',
  `GET /long/${'segment/'.repeat(40)} HTTP/1.1\r\nHost: a\r\n${'X-Pad: 0123456789\r\n'.repeat(40)}\r\n`,
];

/** Those whose bytes stop being HTTP behind the head. */
export const upgradeCorpus: readonly string[] = [
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\x81\x05hello',
  'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03\x01',
];

export const responseCorpus: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nGrpc-Status: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone',
  'HTTP/1.1 500 \r\nContent-Length: 1\r\nConnection: close\r\n\r\nx',
  'HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n',
];
