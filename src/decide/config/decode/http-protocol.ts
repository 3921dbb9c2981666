// Decodes protocol options that both sides share: HTTP/1.1's and the common ones.
import {
  Http1ProtocolOptions_HeaderKeyFormatSchema,
  Http1ProtocolOptionsSchema,
  HttpProtocolOptions_HeadersWithUnderscoresAction as UnderscoresAction,
  HttpProtocolOptionsSchema,
  type Http1ProtocolOptions,
  type HttpProtocolOptions,
} from '../../../proto/gen/envoy/config/core/v3/protocol_pb.ts';
import type { HttpConnectionManager, Http1Options } from '../http-connection-manager.ts';
import { unpack } from './any-types.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { latin1 } from './latin1.ts';
import { durationMs, enumName, inRange, requireText } from './value.ts';

const checkCommon = knownFields(HttpProtocolOptionsSchema, {
  read: [
    'idleTimeout',
    'maxConnectionDuration',
    'maxHeadersCount',
    'maxStreamDuration',
    'headersWithUnderscoresAction',
    'maxRequestsPerConnection',
  ],
});
/** Which of its two parsers Envoy uses is its own affair. */
const checkHttp1 = knownFields(Http1ProtocolOptionsSchema, {
  read: [
    'allowAbsoluteUrl',
    'acceptHttp10',
    'defaultHostForHttp10',
    'headerKeyFormat',
    'enableTrailers',
    'allowChunkedLength',
    'overrideStreamErrorOnInvalidHttpMessage',
  ],
  harmless: ['useBalsaParser'],
});
const checkKeyFormat = knownFields(Http1ProtocolOptions_HeaderKeyFormatSchema, { read: ['headerFormat'] });

const underscores = {
  [UnderscoresAction.ALLOW]: 'allow',
  [UnderscoresAction.REJECT_REQUEST]: 'reject-request',
  [UnderscoresAction.DROP_HEADER]: 'drop-header',
} as const;

export interface CommonHttpOptions {
  /** 0: none. Default one hour. */
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  readonly maxStreamDurationMs: number;
  readonly maxHeadersCount: number;
  readonly maxRequestsPerConnection: number;
  readonly headersWithUnderscores: HttpConnectionManager['headersWithUnderscores'];
}

export function commonHttpOptions(message: HttpProtocolOptions | undefined, at: Cursor): CommonHttpOptions {
  if (message !== undefined) checkCommon(message, at);
  return {
    idleTimeoutMs: durationMs(message?.idleTimeout, under(at, 'idle_timeout')) ?? 3_600_000,
    maxConnectionDurationMs: durationMs(message?.maxConnectionDuration, under(at, 'max_connection_duration')) ?? 0,
    maxStreamDurationMs: durationMs(message?.maxStreamDuration, under(at, 'max_stream_duration')) ?? 0,
    maxHeadersCount: inRange(message?.maxHeadersCount ?? 100, 1, 0xffff_ffff, under(at, 'max_headers_count')),
    maxRequestsPerConnection: message?.maxRequestsPerConnection ?? 0,
    headersWithUnderscores: enumName(
      underscores,
      message?.headersWithUnderscoresAction ?? UnderscoresAction.ALLOW,
      under(at, 'headers_with_underscores_action'),
    ),
  };
}

export function http1Options(message: Http1ProtocolOptions | undefined, at: Cursor): Http1Options {
  if (message !== undefined) checkHttp1(message, at);
  // Not built yet in the codec.
  if (message?.allowAbsoluteUrl === false) notYet(under(at, 'allow_absolute_url'), 'refusing absolute targets');
  if (message?.allowChunkedLength === true) notYet(under(at, 'allow_chunked_length'), 'a length beside chunked');
  if (message?.headerKeyFormat !== undefined) notYet(under(at, 'header_key_format'), 'another case of header names');
  return {
    allowAbsoluteUrl: message?.allowAbsoluteUrl ?? true,
    acceptHttp10: message?.acceptHttp10 ?? false,
    defaultHostForHttp10: latin1(message?.defaultHostForHttp10 ?? ''),
    headerCase: headerCase(message, under(at, 'header_key_format')),
    enableTrailers: message?.enableTrailers ?? false,
    allowChunkedLength: message?.allowChunkedLength ?? false,
  };
}

function headerCase(message: Http1ProtocolOptions | undefined, at: Cursor): Http1Options['headerCase'] {
  if (message?.headerKeyFormat === undefined) return 'lower';
  checkKeyFormat(message.headerKeyFormat, at);
  const { headerFormat: by } = message.headerKeyFormat;
  if (by.case === undefined) refuse(under(at, 'header_format'), 'missing', 'value is required');
  if (by.case === 'properCaseWords') return 'proper';
  if (by.case === undefined) return 'lower';
  const where = under(under(at, 'stateful_formatter'), 'typed_config');
  requireText(by.value.name, under(under(at, 'stateful_formatter'), 'name'));
  return unpack(by.value.typedConfig, 'header format', where) === undefined ? 'lower' : 'preserve';
}
