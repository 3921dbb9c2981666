// What is written is what the parsers read, and nothing that comes in can add a line to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fields, recordRequests, recordResponse } from '../../../test/kit/http1-record.ts';
import { HeaderMap } from '../../decide/header-map.ts';
import { chunkEnd, chunkStart, lastChunk, lastChunkWithTrailers, requestHead, responseHead } from './write-message.ts';

const line = { method: 'GET', path: '/a?b', authority: 'h:1' };

test('a request head, to the byte', () => {
  const headers = HeaderMap.of({ accept: '*/*', 'x-a': '' });
  assert.equal(requestHead(line, headers), 'GET /a?b HTTP/1.1\r\nhost: h:1\r\naccept: */*\r\nx-a: \r\n\r\n');
  assert.equal(
    requestHead(line, headers, 'chunked'),
    'GET /a?b HTTP/1.1\r\nhost: h:1\r\naccept: */*\r\nx-a: \r\ntransfer-encoding: chunked\r\n\r\n',
  );
});

test('a response head has the reasons that Envoy has', () => {
  const head = (status: number): string => responseHead(status, new HeaderMap());
  assert.equal(head(200), 'HTTP/1.1 200 OK\r\n\r\n');
  assert.equal(head(431), 'HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n');
  assert.equal(head(418), 'HTTP/1.1 418 Unknown\r\n\r\n');
  assert.equal(head(999), 'HTTP/1.1 999 Unknown\r\n\r\n');
});

test('chunks and trailers are read back', () => {
  const head = responseHead(200, HeaderMap.of({ 'content-type': 'text/plain' }), 'chunked');
  const body = 'x'.repeat(300);
  const chunk = chunkStart(body.length) + body + chunkEnd;
  const [message] = recordResponse(head + chunk + chunk + lastChunk).messages;
  assert.deepEqual([message?.body, message?.complete, message?.trailers], [body + body, true, undefined]);
  const trailers = lastChunkWithTrailers(HeaderMap.of({ 'grpc-status': '0' }));
  assert.deepEqual(recordResponse(head + chunk + trailers).messages[0]?.trailers, ['grpc-status: 0']);
});

test('whatever a value or a target holds, one request is read back, with the same headers', () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(text, text, text, (path, value, authority) => {
      const written = requestHead(
        { method: 'GET', path: `/${path}`, authority },
        new HeaderMap(['x-a', 'x-b'], [value, 'b']),
      );
      assert.equal(written.split('\r\n').length, 6);
      assert.equal(written.replaceAll('\r\n', '').match(/[\0\r\n]/), null);
      assert.equal(written.split('\r\n', 1)[0]?.split(' ').length, 3);
    }),
  );
  const { messages } = recordRequests(
    requestHead(line, new HeaderMap(['x-a'], ['1\r\nx-evil: 2\0\r\n\r\nGET / HTTP/1.1'])),
  );
  assert.equal(messages.length, 1);
  assert.deepEqual(fields(messages[0]!.head.headers), ['x-a: 1  x-evil: 2     GET / HTTP/1.1']);
});
