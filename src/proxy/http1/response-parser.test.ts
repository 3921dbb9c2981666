// Responses, by the sections of RFC 9112 and RFC 9110. What is refused makes a 502, as in Envoy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fields, recordResponse, type RecordOptions } from '../../../test/kit/http1-record.ts';
import { defaultLimits } from './limits.ts';
import { ResponseParser } from './response-parser.ts';

/** The same for every way of cutting it in two. */
function record(raw: string, options: RecordOptions = {}): ReturnType<typeof recordResponse> {
  const whole = recordResponse(raw, options);
  for (let cut = 1; cut < raw.length; cut++) assert.deepEqual(recordResponse(raw, { ...options, cuts: [cut] }), whole);
  return whole;
}

function problem(raw: string, options: RecordOptions = {}): string | undefined {
  return record(raw, options).problem;
}

test('4: the status line', () => {
  const { head } = record('HTTP/1.1 404 Not so found\r\nContent-Length: 0\r\n\r\n').messages[0]!;
  assert.deepEqual([head.status, head.reason, head.httpMinor, head.body], [404, 'Not so found', 1, 'none']);
  assert.equal(record('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n').messages[0]?.head.reason, '');
  assert.equal(record('HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n').messages[0]?.head.status, 999);
  const lines = [
    'HTTP/2.0 200 OK',
    'HTTP/1.1 99 x',
    'HTTP/1.1 099 x',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 2000 x',
    'FOO',
    '',
  ];
  for (const line of [...lines, 'HTTP/1.1 200 a\0', 'HTTP/1.1\t200 OK', 'http/1.1 200 OK']) {
    assert.equal(problem(`${line}\r\nContent-Length: 0\r\n\r\n`), 'bad-status-line', line);
  }
});

test('6.3: no body where there cannot be one', () => {
  const bodyOf = (raw: string, method?: string): unknown[] => {
    const { messages } = record(raw, method === undefined ? {} : { method });
    return [messages[0]?.head.body, messages[0]?.complete, fields(messages[0]!.head.headers)];
  };
  assert.deepEqual(bodyOf('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD'), [
    'none',
    true,
    ['content-length: 5'],
  ]);
  assert.deepEqual(bodyOf('HTTP/1.1 304 NM\r\nContent-Length: 5\r\n\r\n'), ['none', true, ['content-length: 5']]);
  assert.deepEqual(bodyOf('HTTP/1.1 304 NM\r\nTransfer-Encoding: chunked\r\n\r\n'), ['none', true, []]);
  assert.deepEqual(bodyOf('HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n'), ['none', true, []]);
  assert.deepEqual(bodyOf('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'HEAD'), ['none', true, []]);
});

test('6.3: without length and chunks the body ends with the connection, which then serves no other', () => {
  const { messages } = record('HTTP/1.1 200 OK\r\n\r\nall of it', { end: true });
  assert.deepEqual([messages[0]?.head.body, messages[0]?.head.keepAlive], ['close', false]);
  assert.deepEqual([messages[0]?.body, messages[0]?.complete], ['all of it', true]);
  assert.equal(record('HTTP/1.1 200 OK\r\n\r\npart').messages[0]?.complete, false);
});

test('6.3: what has two readings is refused', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['length-and-coding', '200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked'],
    ['several-content-lengths', '200 OK\r\nContent-Length: 1\r\nContent-Length: 1'],
    ['bad-content-length', '200 OK\r\nContent-Length: +1'],
    ['unknown-coding', '200 OK\r\nTransfer-Encoding: gzip'],
    ['coding-not-allowed', '204 No\r\nTransfer-Encoding: chunked'],
    ['coding-not-allowed', '100 Continue\r\nTransfer-Encoding: chunked'],
    ['body-not-allowed', '204 No\r\nContent-Length: 5'],
    ['body-not-allowed', '103 Early\r\nContent-Length: 5'],
    ['obs-fold', '200 OK\r\nX: a\r\n b'],
    ['space-before-colon', '200 OK\r\nX : a'],
    ['bad-header-value', '200 OK\r\nX: a\0'],
    ['bad-header-name', '200 OK\r\nX'],
  ];
  for (const [expected, text] of refused) assert.equal(problem(`HTTP/1.1 ${text}\r\n\r\n`), expected, text);
  assert.equal(problem('HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), 'coding-in-http10');
});

test('RFC 9110 15.2: informational responses come before the response, each by itself', () => {
  const { messages, informational } = record(
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na',
  );
  assert.deepEqual(
    informational.map(({ status, headers }) => [status, ...fields(headers)]),
    [[100], [103, 'link: x']],
  );
  assert.deepEqual([messages.length, messages[0]?.head.status, messages[0]?.body], [1, 200, 'a']);
});

test('RFC 9110 15.2.2: 101 hands the connection over, if it was asked for', () => {
  const raw = 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00';
  const { messages } = record(raw, { upgrade: true, end: true });
  const [{ head, body, complete }] = messages as [(typeof messages)[0]];
  assert.deepEqual([head.body, head.upgrade, body, complete], ['tunnel', 'websocket', '\x81\x00', true]);
  assert.deepEqual(fields(head.headers), ['connection: Upgrade', 'upgrade: websocket']);
  assert.equal(problem(raw), 'unexpected-upgrade');
});

test('RFC 9110 9.3.6: a success to CONNECT is a tunnel whatever its headers say, a failure is not', () => {
  const tunnel = record('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc', { method: 'CONNECT', end: true })
    .messages[0]!;
  assert.deepEqual([tunnel.head.body, tunnel.body, fields(tunnel.head.headers)], ['tunnel', 'abc', []]);
  const failed = record('HTTP/1.1 403 No\r\nContent-Length: 1\r\n\r\na', { method: 'CONNECT' }).messages[0]!;
  assert.deepEqual([failed.head.body, failed.complete], ['length', true]);
});

test('RFC 9110 7.6.1: headers of the connection are left out', () => {
  const { head } = record(
    'HTTP/1.1 200 OK\r\nConnection: x-a\r\nX-A: 1\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-B: 2\r\nContent-Length: 0\r\n\r\n',
  ).messages[0]!;
  assert.deepEqual(fields(head.headers), ['x-b: 2', 'content-length: 0']);
});

test('9.3: whether the connection may be used again', () => {
  const stays = (version: string, connection: string): boolean | undefined =>
    record(`HTTP/${version} 200 OK\r\n${connection}Content-Length: 0\r\n\r\n`).messages[0]?.head.keepAlive;
  assert.equal(stays('1.1', ''), true);
  assert.equal(stays('1.1', 'Connection: close\r\n'), false);
  assert.equal(stays('1.1', 'Connection: content-length\r\n'), false);
  assert.equal(stays('1.0', ''), false);
  assert.equal(stays('1.0', 'Connection: keep-alive\r\n'), true);
});

test('what nobody asked for is a problem', () => {
  const { messages, problem: wrong } = record('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n\r\n');
  assert.deepEqual([messages.length, messages[0]?.complete, wrong], [1, true, 'unsolicited']);
  const seen: string[] = [];
  const parser = new ResponseParser(defaultLimits, {
    onResponse: ({ status }) => seen.push(`${status}`),
    onInformational: () => {},
    onBody: () => {},
    onTrailers: () => {},
    onEnd: () => seen.push('end'),
    onError: (found) => seen.push(found),
  });
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  for (let round = 0; round < 2; round++) {
    parser.expect('GET');
    parser.execute(bytes, 0, bytes.length);
  }
  parser.finish();
  assert.deepEqual(seen, ['200', 'end', '200', 'end']);
  parser.execute(bytes, 0, bytes.length);
  assert.equal(seen.at(-1), 'unsolicited');
});

test('an end too early is a problem', () => {
  assert.equal(problem('', { end: true }), undefined);
  assert.equal(problem('HTTP/1.1 200', { end: true }), 'early-end');
  assert.equal(problem('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na', { end: true }), 'early-end');
  assert.equal(problem('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n', { end: true }), 'early-end');
});
