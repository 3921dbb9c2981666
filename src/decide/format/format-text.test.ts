// What format strings print, in headers, text logs and JSON logs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request } from '../../../test/kit/decide-kit.ts';
import { rootCursor } from '../config/decode/cursor.ts';
import { formatString } from '../config/decode/format-string.ts';
import type { FormatString } from '../config/format-string.ts';
import { HeaderMap } from '../header-map.ts';
import type { FormatContext } from './format-context.ts';
import { formatJson } from './format-json.ts';
import { formatHeaderValue, formatText } from './format-text.ts';

function parse(source: string): FormatString {
  const at = rootCursor();
  const format = formatString(source, at);
  assert.deepEqual(at.issues, [], source);
  return format;
}

const context: FormatContext = {
  request: request('/new?q=%61&r', { 'x-a': 'abcdef', 'x-envoy-original-path': '/old?q=%61' }),
  responseHeaders: HeaderMap.of({ 'x-r': 'r' }),
  responseTrailers: HeaderMap.of({ 'x-t': 't' }),
  stream: {
    downstreamRemoteAddress: '[::1]:4000',
    downstreamLocalAddress: '10.0.0.1:80',
    protocol: 'HTTP/1.1',
    startTimeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 67),
    responseCode: 200,
    durationMs: 12.9,
    responseFirstByteMs: 10,
    upstreamHost: '10.0.0.2:9080',
    hostname: 'box',
  },
  environment: { ZONE: 'eu' },
};

describe('format strings', () => {
  for (const [source, expected] of [
    ['plain 100%%', 'plain 100%'],
    ['%REQ(X-A):3%|%REQ(x-b?x-a)%|%REQ(x-b)%', 'abc|abcdef|-'],
    ['%RESP(x-r)% %TRAILER(x-t)%', 'r t'],
    ['%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %REQ(:METHOD)% %REQ(:AUTHORITY)%', '/old?q=%61 GET shop'],
    ['%PATH% %QUERY_PARAM(q)% %PROTOCOL%', '/old?q=%61 a HTTP/1.1'],
    [
      '%START_TIME% %START_TIME(%Y/%m/%d %H:%M:%S.%3f %s)%',
      '2026-01-02T03:04:05.067Z 2026/01/02 03:04:05.067 1767323045',
    ],
    [
      '%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_PORT%',
      '[::1]:4000 ::1 80',
    ],
    ['%DURATION% %RESPONSE_TX_DURATION% %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_SENT%', '12 2 200 - 0'],
    ['%UPSTREAM_HOST% %HOSTNAME% %ENVIRONMENT(ZONE)% %DOWNSTREAM_PEER_SUBJECT%', '10.0.0.2:9080 box eu -'],
  ] as const) {
    it(source, () => assert.equal(formatText(parse(source), context), expected));
  }

  it('prints nothing for what is missing in a header', () => {
    assert.equal(formatHeaderValue(parse('[%REQ(x-b)%]'), context), '[]');
  });

  it('keeps the types of single commands in JSON', () => {
    const field = (name: string, source: string) => [name, { kind: 'format', format: parse(source) }] as const;
    const fields = [field('code', '%RESPONSE_CODE%'), field('none', '%REQ(x-b)%'), field('text', '%REQ(x-b)% ms')];
    const root = { kind: 'object', fields } as const;
    assert.equal(formatJson(root, context, false), '{"code":200,"none":null,"text":"- ms"}');
    assert.equal(formatJson(root, context, true), '{"code":200,"text":" ms"}');
  });
});

it('a server name that is none cannot begin a line of its own', () => {
  const print = (requestedServerName: string): string =>
    formatText(
      parse('%REQUESTED_SERVER_NAME%'),
      { ...context, stream: { ...context.stream, requestedServerName } },
      '-',
    );
  assert.equal(print('a-1.example.com'), 'a-1.example.com');
  assert.equal(print('a"\n[2026] "GET'), 'invalid:a___2026___GET');
  assert.equal(print(''), '-');
});
