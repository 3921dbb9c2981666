// Requests, by the sections of RFC 9112 (and of RFC 9110 where it says so). What is refused is in smuggling.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fields, recordRequests } from '../../../test/kit/http1-record.ts';
import { defaultLimits } from './limits.ts';
import type { RequestHead } from './message.ts';
import { RequestParser } from './request-parser.ts';

function headOf(raw: string): RequestHead {
  const { messages, problem } = recordRequests(raw);
  assert.equal(problem, undefined);
  return messages[0]!.head;
}

test('3: the start line and the headers come as they were sent, names in lower case', () => {
  const head = headOf('GET /a?b=c HTTP/1.1\r\nHost: A:80\r\nX-Custom-Name:  v 1 \r\nACCEPT: */*\r\nAccept: x\r\n\r\n');
  assert.equal(head.method, 'GET');
  assert.equal(head.target, '/a?b=c');
  assert.equal(head.path, '/a?b=c');
  assert.equal(head.authority, 'A:80');
  assert.deepEqual(fields(head.headers), ['x-custom-name: v 1', 'accept: */*', 'accept: x']);
  assert.equal(head.body, 'none');
  assert.equal(head.keepAlive, true);
});

test('3.2: the forms of a target', () => {
  const absolute = headOf('GET https://b:1/c?d HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.deepEqual([absolute.path, absolute.authority, absolute.absolute], ['/c?d', 'b:1', true]);
  assert.equal(headOf('GET HTTP://b HTTP/1.1\r\nHost: a\r\n\r\n').path, '/');
  assert.equal(headOf('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n').path, '*');
  const connect = headOf('CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n');
  assert.deepEqual([connect.path, connect.authority, connect.body], ['', 'b:443', 'tunnel']);
});

test('5.1: a thousand names that look alike stay apart', () => {
  for (let at = 0; at < 1000; at++) {
    const name = `x-${at.toString(36)}-content-typf`;
    assert.deepEqual(fields(headOf(`GET / HTTP/1.1\r\nHost: a\r\n${name}: ${at}\r\n\r\n`).headers), [`${name}: ${at}`]);
  }
});

test('6: the framing of a body is told before the body', () => {
  const length = recordRequests('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc').messages[0]!;
  assert.deepEqual(
    [length.head.body, length.head.contentLength, length.body, length.complete],
    ['length', 3, 'abc', true],
  );
  assert.deepEqual(fields(length.head.headers), ['content-length: 3']);
  const chunked = recordRequests(
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n',
  ).messages[0]!;
  assert.deepEqual([chunked.head.body, chunked.head.contentLength, chunked.body], ['chunked', -1, 'abc']);
  assert.deepEqual(fields(chunked.head.headers), []);
});

test('6.1: HTTP/1.0 has no transfer codings', () => {
  const raw = 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  assert.equal(recordRequests(raw).problem, 'coding-in-http10');
});

test('6.2: a body longer than 2^32 is counted right', () => {
  const parsed = recordRequests('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000000\r\n\r\nabc');
  assert.equal(parsed.messages[0]?.head.contentLength, 5e9);
  assert.equal(parsed.messages[0]?.complete, false);
});

test('7.1.2: trailers come before the end, without those that frame or route', () => {
  const { messages } = recordRequests(
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\nHost: b\r\nContent-Length: 3\r\nCookie: c\r\n\r\n',
  );
  assert.deepEqual(messages[0]?.trailers, ['x-a: 1']);
  assert.equal(messages[0].complete, true);
});

test('8: a message that ends early is a problem, no message is none', () => {
  const early = (raw: string): string | undefined => recordRequests(raw, { end: true }).problem;
  assert.equal(early(''), undefined);
  assert.equal(early('\r\n'), undefined);
  assert.equal(early('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), undefined);
  assert.equal(early('G'), 'early-end');
  assert.equal(early('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab'), 'early-end');
  assert.equal(early('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n'), 'early-end');
});

test('9.3: whether the connection stays', () => {
  const stays = (version: string, connection: string): boolean =>
    headOf(`GET / HTTP/${version}\r\nHost: a\r\n${connection}\r\n`).keepAlive;
  assert.equal(stays('1.1', ''), true);
  assert.equal(stays('1.1', 'Connection: close\r\n'), false);
  assert.equal(stays('1.1', 'Connection: x, CLOSE\r\n'), false);
  assert.equal(stays('1.1', 'Connection: x\r\nConnection: close\r\n'), false);
  assert.equal(stays('1.0', ''), false);
  assert.equal(stays('1.0', 'Connection: Keep-Alive\r\n'), true);
  assert.equal(stays('1.0', 'Connection: keep-alive, close\r\n'), false);
});

test('9.3.2: a pipelined request waits for resume, however it came', () => {
  const seen: string[] = [];
  const parser = new RequestParser(defaultLimits, {
    onRequest: ({ path }) => seen.push(path),
    onBody: () => seen.push('body'),
    onTrailers: () => {},
    onEnd: () => seen.push('end'),
    onError: (problem) => seen.push(problem),
  });
  const bytes = Buffer.from('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3');
  parser.execute(bytes, 0, 40);
  assert.deepEqual([seen, parser.waiting], [['/1', 'end'], 12]);
  parser.execute(bytes, 40, bytes.length);
  bytes.fill(0);
  assert.deepEqual(seen, ['/1', 'end']);
  parser.resume();
  assert.deepEqual([seen, parser.waiting, parser.idle], [['/1', 'end', '/2', 'end'], 6, true]);
  parser.resume();
  assert.deepEqual([parser.waiting, parser.idle], [0, false]);
});

test('9.8: Upgrade and CONNECT hand over what follows the head', () => {
  const websocket = recordRequests(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\nGET / not HTTP\r\n\r\n',
    { end: true },
  ).messages[0]!;
  assert.deepEqual([websocket.head.upgrade, websocket.head.body], ['websocket', 'tunnel']);
  assert.deepEqual(fields(websocket.head.headers), ['connection: keep-alive, Upgrade', 'upgrade: WebSocket']);
  assert.deepEqual([websocket.body, websocket.complete], ['GET / not HTTP\r\n\r\n', true]);
  assert.equal(headOf('GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n').upgrade, '');
  assert.equal(headOf('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n').upgrade, '');
});

test('RFC 9110 7.6.1: headers of the connection are left out', () => {
  const head = headOf(
    'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nConnection: x-a, keep-alive\r\nX-A: 2\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\n' +
      'TE: gzip, Trailers\r\nX-B: 3\r\nUpgrade: x\r\n\r\n',
  );
  assert.deepEqual(fields(head.headers), ['x-b: 3', 'te: trailers']);
});

test('RFC 9110 10.1.1: Expect is told in 1.1 alone', () => {
  const expects = (version: string): boolean =>
    headOf(`POST / HTTP/${version}\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n`).expectContinue;
  assert.deepEqual([expects('1.1'), expects('1.0')], [true, false]);
});

test('limits hold to the byte, whole and cut', () => {
  const raw = 'GET /12345 HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n';
  const problem = (limits: object, cuts: number[]): string | undefined => recordRequests(raw, { limits, cuts }).problem;
  for (const cuts of [[], [10], Array.from({ length: raw.length - 1 }, (_, at) => at + 1)]) {
    assert.equal(problem({ maxHeadBytes: raw.length }, cuts), undefined);
    assert.equal(problem({ maxHeadBytes: raw.length - 1 }, cuts), 'headers-too-large');
    assert.equal(problem({ maxHeaders: 2 }, cuts), undefined);
    assert.equal(problem({ maxHeaders: 1 }, cuts), 'too-many-headers');
    assert.equal(problem({ maxUrlBytes: 6 }, cuts), undefined);
    assert.equal(problem({ maxUrlBytes: 5 }, cuts), 'url-too-long');
  }
  const old = 'GET / HTTP/1.0\r\n\r\n';
  assert.equal(recordRequests(old, { limits: { acceptHttp10: false } }).problem, 'http10-refused');
});

test('after a problem or a close nothing is told', () => {
  const bad = recordRequests('GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', { cuts: [18], end: true });
  assert.deepEqual([bad.messages, bad.problem], [[], 'missing-host']);
  const seen: string[] = [];
  const parser: RequestParser = new RequestParser(defaultLimits, {
    onRequest: () => parser.close(),
    onBody: () => seen.push('body'),
    onTrailers: () => {},
    onEnd: () => seen.push('end'),
    onError: () => seen.push('error'),
  });
  const bytes = Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\naGET');
  parser.execute(bytes, 0, bytes.length);
  parser.finish();
  assert.deepEqual(seen, []);
});
