// Decodes which HTTP is spoken to a cluster, and how.
import type { Any } from '@bufbuild/protobuf/wkt';
import {
  type Http1ProtocolOptions,
  Http2ProtocolOptionsSchema,
  type Http2ProtocolOptions,
  UpstreamHttpProtocolOptionsSchema,
} from '../../../proto/gen/envoy/config/core/v3/protocol_pb.ts';
import {
  type HttpProtocolOptions,
  HttpProtocolOptionsSchema,
} from '../../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import type { Http2Options, UpstreamHttpOptions } from '../cluster.ts';
import { unpack } from './any-types.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { commonHttpOptions, http1Options } from './http-protocol.ts';
import { knownFields } from './known-fields.ts';
import { inRange } from './value.ts';

const check = knownFields(HttpProtocolOptionsSchema, {
  read: ['commonHttpProtocolOptions', 'upstreamHttpProtocolOptions', 'upstreamProtocolOptions'],
});
const checkNames = knownFields(UpstreamHttpProtocolOptionsSchema, { read: ['autoSni', 'autoSanValidation'] });
/** Limits against floods, compression tables and pings are an implementation's own affair. */
const checkHttp2 = knownFields(Http2ProtocolOptionsSchema, {
  read: ['maxConcurrentStreams', 'initialStreamWindowSize', 'initialConnectionWindowSize'],
  harmless: [
    'hpackTableSize',
    'maxOutboundFrames',
    'maxOutboundControlFrames',
    'maxConsecutiveInboundFramesWithEmptyPayload',
    'maxInboundPriorityFramesPerStream',
    'maxInboundWindowUpdateFramesPerDataFrameSent',
    'streamErrorOnInvalidHttpMessaging',
    'overrideStreamErrorOnInvalidHttpMessage',
    'connectionKeepalive',
    'useOghttp2Codec',
  ],
});

export const optionsKey = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

export function upstreamHttp(extensions: Readonly<Record<string, Any>>, parent: Cursor): UpstreamHttpOptions {
  const at = under(parent, 'typed_extension_protocol_options');
  for (const name of Object.keys(extensions)) {
    if (name !== optionsKey) notYet(under(at, name), 'these protocol options');
  }
  const any = extensions[optionsKey];
  const where = under(at, optionsKey);
  const extension = any && unpack(any, 'protocol options', where);
  if (extension === undefined) return composed(undefined, { protocol: 'http1' }, where);
  check(extension, where);
  const names = extension.upstreamHttpProtocolOptions;
  if (names !== undefined) checkNames(names, under(where, 'upstream_http_protocol_options'));
  return composed(extension, versions(extension, where), where);
}

interface Versions {
  readonly protocol: UpstreamHttpOptions['protocol'];
  readonly http1?: Http1ProtocolOptions | undefined;
  readonly http2?: Http2ProtocolOptions | undefined;
}

function versions({ upstreamProtocolOptions: by }: HttpProtocolOptions, at: Cursor): Versions {
  switch (by.case) {
    case 'explicitHttpConfig': {
      const { protocolConfig: config } = by.value;
      if (config.case === 'httpProtocolOptions') return { protocol: 'http1', http1: config.value };
      if (config.case === 'http2ProtocolOptions') return { protocol: 'http2', http2: config.value };
      if (config.case === 'http3ProtocolOptions') notYet(at, 'HTTP/3');
      else refuse(under(under(at, 'explicit_http_config'), 'protocol_config'), 'missing', 'value is required');
      return { protocol: 'http1' };
    }
    case 'useDownstreamProtocolConfig':
      return { protocol: 'downstream', http1: by.value.httpProtocolOptions, http2: by.value.http2ProtocolOptions };
    case 'autoConfig':
      if (by.value.http3ProtocolOptions !== undefined) notYet(at, 'HTTP/3');
      return { protocol: 'auto', http1: by.value.httpProtocolOptions, http2: by.value.http2ProtocolOptions };
    case undefined:
      refuse(under(at, 'upstream_protocol_options'), 'missing', 'value is required');
      return { protocol: 'http1' };
  }
}

function composed(options: HttpProtocolOptions | undefined, by: Versions, at: Cursor): UpstreamHttpOptions {
  const common = commonHttpOptions(options?.commonHttpProtocolOptions, under(at, 'common_http_protocol_options'));
  const http1 = http1Options(by.http1, under(at, 'http_protocol_options'));
  const names = options?.upstreamHttpProtocolOptions;
  return {
    protocol: by.protocol,
    idleTimeoutMs: common.idleTimeoutMs,
    maxConnectionDurationMs: common.maxConnectionDurationMs,
    maxRequestsPerConnection: common.maxRequestsPerConnection,
    maxStreamDurationMs: common.maxStreamDurationMs,
    maxResponseHeadersCount: common.maxHeadersCount,
    headerCase: http1.headerCase,
    enableTrailers: http1.enableTrailers,
    allowChunkedLength: http1.allowChunkedLength,
    http2: http2Options(by.http2, under(at, 'http2_protocol_options')),
    autoSni: names?.autoSni ?? false,
    autoSanValidation: names?.autoSanValidation ?? false,
  };
}

const most = 2_147_483_647;

/** Envoy's defaults (1.40). */
function http2Options(message: Http2ProtocolOptions | undefined, at: Cursor): Http2Options {
  if (message !== undefined) checkHttp2(message, at);
  const streamAt = under(at, 'initial_stream_window_size');
  const connectionAt = under(at, 'initial_connection_window_size');
  return {
    maxConcurrentStreams: inRange(message?.maxConcurrentStreams ?? 1024, 1, most, under(at, 'max_concurrent_streams')),
    initialStreamWindowBytes: inRange(message?.initialStreamWindowSize ?? 16_777_216, 65_535, most, streamAt),
    initialConnectionWindowBytes: inRange(
      message?.initialConnectionWindowSize ?? 25_165_824,
      65_535,
      most,
      connectionAt,
    ),
  };
}
