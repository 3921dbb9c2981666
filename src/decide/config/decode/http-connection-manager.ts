// Decodes the HTTP connection manager.
import {
  HttpConnectionManager_CodecType as CodecType,
  HttpConnectionManager_ServerHeaderTransformation as ServerHeader,
  HttpConnectionManager_TracingSchema,
  HttpConnectionManager_UpgradeConfigSchema,
  HttpConnectionManagerSchema,
  type HttpConnectionManager as ManagerMessage,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { DownstreamTimeouts, HttpConnectionManager, RequestIdSettings } from '../http-connection-manager.ts';
import { accessLogs } from './access-log.ts';
import { unpack } from './any-types.ts';
import { clientTrust } from './client-trust.ts';
import { checkConfigSource } from './config-source.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { httpFilters } from './http-filters.ts';
import { type CommonHttpOptions, commonHttpOptions, http1Options } from './http-protocol.ts';
import { knownFields } from './known-fields.ts';
import { pathNormalization } from './path-normalization.ts';
import { routeConfig } from './route-config.ts';
import { durationMs, enumName, headerText, inRange, percentValue, requireText } from './value.ts';

/** HTTP/2 and HTTP/3 options say nothing about HTTP/1.1, all that is spoken here so far. */
const check = knownFields(HttpConnectionManagerSchema, {
  read: [
    'codecType',
    'statPrefix',
    'routeSpecifier',
    'httpFilters',
    'tracing',
    'commonHttpProtocolOptions',
    'httpProtocolOptions',
    'serverName',
    'serverHeaderTransformation',
    'schemeHeaderTransformation',
    'maxRequestHeadersKb',
    'streamIdleTimeout',
    'requestTimeout',
    'requestHeadersTimeout',
    'drainTimeout',
    'delayedCloseTimeout',
    'accessLog',
    'useRemoteAddress',
    'xffNumTrustedHops',
    'internalAddressConfig',
    'skipXffAppend',
    'via',
    'generateRequestId',
    'preserveExternalRequestId',
    'alwaysSetRequestIdInResponse',
    'forwardClientCertDetails',
    'setCurrentClientCertDetails',
    'proxy100Continue',
    'upgradeConfigs',
    'normalizePath',
    'mergeSlashes',
    'pathWithEscapedSlashesAction',
    'requestIdExtension',
    'stripMatchingHostPort',
    'stripPortMode',
    'streamErrorOnInvalidHttpMessage',
    'stripTrailingHostDot',
  ],
  harmless: ['http2ProtocolOptions', 'http3ProtocolOptions', 'addProxyProtocolConnectionState'],
});
const checkTracing = knownFields(HttpConnectionManager_TracingSchema, {
  read: ['clientSampling', 'randomSampling', 'overallSampling'],
  harmless: ['verbose', 'maxPathTagLength', 'customTags', 'spawnUpstreamSpan'],
});
const checkUpgrade = knownFields(HttpConnectionManager_UpgradeConfigSchema, { read: ['upgradeType', 'enabled'] });

const codecs = { [CodecType.AUTO]: 'auto', [CodecType.HTTP1]: 'http1', [CodecType.HTTP2]: 'http2' } as const;
const serverHeaders = {
  [ServerHeader.OVERWRITE]: 'overwrite',
  [ServerHeader.APPEND_IF_ABSENT]: 'append-if-absent',
  [ServerHeader.PASS_THROUGH]: 'pass-through',
} as const;

export function httpConnectionManager(message: ManagerMessage, at: Cursor): HttpConnectionManager {
  check(message, at);
  const common = commonHttpOptions(message.commonHttpProtocolOptions, under(at, 'common_http_protocol_options'));
  const http1Override = message.httpProtocolOptions?.overrideStreamErrorOnInvalidHttpMessage;
  const streamError = http1Override ?? message.streamErrorOnInvalidHttpMessage ?? false;
  // Not built yet in the codec, which closes the connection.
  if (streamError) notYet(under(at, 'stream_error_on_invalid_http_message'), 'going on after a malformed request');
  return {
    statPrefix: requireText(message.statPrefix, under(at, 'stat_prefix')),
    codec: enumName(codecs, message.codecType, under(at, 'codec_type')),
    routes: routes(message, at),
    filters: httpFilters(message.httpFilters, under(at, 'http_filters')),
    path: pathNormalization(message, at),
    trust: clientTrust(message, at),
    requestId: requestId(message, under(at, 'request_id_extension')),
    timeouts: timeouts(message, common, at),
    http1: http1Options(message.httpProtocolOptions, under(at, 'http_protocol_options')),
    maxRequestHeadersKb: inRange(message.maxRequestHeadersKb ?? 60, 1, 8192, under(at, 'max_request_headers_kb')),
    maxHeadersCount: common.maxHeadersCount,
    maxRequestsPerConnection: common.maxRequestsPerConnection,
    headersWithUnderscores: common.headersWithUnderscores,
    streamErrorOnInvalidMessage: streamError,
    serverName: headerText(message.serverName, under(at, 'server_name')) || 'envoy',
    serverHeader: enumName(
      serverHeaders,
      message.serverHeaderTransformation,
      under(at, 'server_header_transformation'),
    ),
    schemeOverwrite: schemeOverwrite(message, under(at, 'scheme_header_transformation')),
    via: headerText(message.via, under(at, 'via')),
    upgrades: upgrades(message.upgradeConfigs, under(at, 'upgrade_configs')),
    proxy100Continue: message.proxy100Continue,
    tracing: tracing(message, under(at, 'tracing')),
    accessLogs: accessLogs(message.accessLog, under(at, 'access_log')),
  };
}

function routes({ routeSpecifier: by }: ManagerMessage, at: Cursor): HttpConnectionManager['routes'] {
  switch (by.case) {
    case 'rds': {
      const where = under(at, 'rds');
      checkConfigSource(by.value.configSource, under(where, 'config_source'));
      return { kind: 'rds', name: requireText(by.value.routeConfigName, under(where, 'route_config_name')) };
    }
    case 'routeConfig':
      return { kind: 'inline', config: routeConfig(by.value, under(at, 'route_config')) };
    case 'scopedRoutes':
      notYet(under(at, 'scoped_routes'), 'scoped routes');
      break;
    case undefined:
      refuse(under(at, 'route_specifier'), 'missing', 'value is required');
  }
  return { kind: 'rds', name: '' };
}

function timeouts(message: ManagerMessage, common: CommonHttpOptions, at: Cursor): DownstreamTimeouts {
  return {
    connectionIdleMs: common.idleTimeoutMs,
    maxConnectionDurationMs: common.maxConnectionDurationMs,
    maxStreamDurationMs: common.maxStreamDurationMs,
    streamIdleMs: durationMs(message.streamIdleTimeout, under(at, 'stream_idle_timeout')) ?? 300_000,
    requestMs: durationMs(message.requestTimeout, under(at, 'request_timeout')) ?? 0,
    requestHeadersMs: durationMs(message.requestHeadersTimeout, under(at, 'request_headers_timeout')) ?? 0,
    drainMs: durationMs(message.drainTimeout, under(at, 'drain_timeout')) ?? 5000,
    delayedCloseMs: durationMs(message.delayedCloseTimeout, under(at, 'delayed_close_timeout')) ?? 1000,
  };
}

function schemeOverwrite({ schemeHeaderTransformation: message }: ManagerMessage, at: Cursor): string | undefined {
  const by = message?.transformation;
  if (message?.matchUpstream === true) notYet(under(at, 'match_upstream'), 'the scheme of the upstream');
  if (by?.case === undefined) return undefined;
  if (by.value !== 'http' && by.value !== 'https') {
    refuse(under(at, 'scheme_to_overwrite'), 'bad-enum', 'value must be in list [http https]');
  }
  return by.value;
}

function requestId(message: ManagerMessage, at: Cursor): RequestIdSettings {
  const settings = {
    generate: message.generateRequestId ?? true,
    preserveExternal: message.preserveExternalRequestId,
    alwaysSetInResponse: message.alwaysSetRequestIdInResponse,
    packTraceReason: true,
    useForTraceSampling: true,
  };
  if (message.requestIdExtension?.typedConfig === undefined) return settings;
  const extension = unpack(message.requestIdExtension.typedConfig, 'request id', under(at, 'typed_config'));
  if (extension === undefined) return settings;
  const { packTraceReason = true, useRequestIdForTraceSampling: useForTraceSampling = true } = extension;
  return { ...settings, packTraceReason, useForTraceSampling };
}

function upgrades(messages: ManagerMessage['upgradeConfigs'], at: Cursor): HttpConnectionManager['upgrades'] {
  const byType = new Map<string, { enabled: boolean }>();
  for (const [index, message] of messages.entries()) {
    checkUpgrade(message, under(at, index));
    const type = message.upgradeType.toLowerCase();
    if (byType.has(type)) {
      refuse(under(at, index), 'duplicate', `Error: multiple upgrade configs with the same name: '${type}'`);
    }
    byType.set(type, { enabled: message.enabled ?? true });
  }
  return byType;
}

/** A tracer of its own would have to be spoken to. */
function tracing({ tracing: message }: ManagerMessage, at: Cursor): HttpConnectionManager['tracing'] {
  if (message === undefined) return undefined;
  checkTracing(message, at);
  return {
    clientPercent: percentValue(message.clientSampling, 100, under(at, 'client_sampling')),
    randomPercent: percentValue(message.randomSampling, 100, under(at, 'random_sampling')),
    overallPercent: percentValue(message.overallSampling, 100, under(at, 'overall_sampling')),
  };
}
