// Prints an access log: to a file, in Istio's default format or the mesh's own, as text or JSON.
import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { MeshSettings } from '../../../model/mesh-settings.ts';
import {
  AccessLogSchema,
  type AccessLog as AccessLogMessage,
} from '../../../proto/gen/envoy/config/accesslog/v3/accesslog_pb.ts';
import type { SubstitutionFormatStringSchema } from '../../../proto/gen/envoy/config/core/v3/substitution_format_string_pb.ts';
import { FileAccessLogSchema } from '../../../proto/gen/envoy/extensions/access_loggers/file/v3/file_pb.ts';
import { isFormatString } from '../format-string.ts';
import type { AccessLog } from './listener-slice.ts';

/**
 * The access log that the mesh's settings ask for. In the default format if theirs is one that proxies would refuse, and every
 * listener of the mesh with it.
 */
export function accessLogOf(settings: MeshSettings): AccessLog | undefined {
  const { accessLogFile: path, accessLogEncoding: encoding, accessLogFormat: format } = settings;
  if (path === '') return undefined;
  return { path, encoding, format: isFormatString(format) ? format : '' };
}

/** Field by field Istio's default line (istio.io, "Envoy Access Logs"), in its order. */
const defaultText = `${[
  '[%START_TIME%]',
  '"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"',
  '%RESPONSE_CODE%',
  '%RESPONSE_FLAGS%',
  '%RESPONSE_CODE_DETAILS%',
  '%CONNECTION_TERMINATION_DETAILS%',
  '"%UPSTREAM_TRANSPORT_FAILURE_REASON%"',
  '%BYTES_RECEIVED%',
  '%BYTES_SENT%',
  '%DURATION%',
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  '"%REQ(X-FORWARDED-FOR)%"',
  '"%REQ(USER-AGENT)%"',
  '"%REQ(X-REQUEST-ID)%"',
  '"%REQ(:AUTHORITY)%"',
  '"%UPSTREAM_HOST%"',
  '%UPSTREAM_CLUSTER_RAW%',
  '%UPSTREAM_LOCAL_ADDRESS%',
  '%DOWNSTREAM_LOCAL_ADDRESS%',
  '%DOWNSTREAM_REMOTE_ADDRESS%',
  '%REQUESTED_SERVER_NAME%',
  '%ROUTE_NAME%',
].join(' ')}\n`;

const defaultJson: JsonObject = {
  start_time: '%START_TIME%',
  route_name: '%ROUTE_NAME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
};

export function printAccessLog(log: AccessLog | undefined): AccessLogMessage[] {
  if (log === undefined) return [];
  const file = create(FileAccessLogSchema, {
    path: log.path,
    accessLogFormat: {
      case: 'logFormat',
      value: log.encoding === 'json' ? jsonFormat(log.format) : textFormat(log.format),
    },
  });
  return [
    create(AccessLogSchema, {
      name: 'envoy.access_loggers.file',
      configType: { case: 'typedConfig', value: anyPack(FileAccessLogSchema, file) },
    }),
  ];
}

/** For a listener: only connections that found no filter chain (flag NR); the chains log everything else. */
export function printListenerAccessLog(log: AccessLog | undefined): AccessLogMessage[] {
  const printed = printAccessLog(log);
  for (const message of printed) {
    message.filter = create(AccessLogSchema, {
      filter: { filterSpecifier: { case: 'responseFlagFilter', value: { flags: ['NR'] } } },
    }).filter;
  }
  return printed;
}

/** Istio adds the line's end where a configured format lacks it. */
function textFormat(format: string): MessageInitShape<typeof SubstitutionFormatStringSchema> {
  const line = format === '' ? defaultText : format.endsWith('\n') ? format : `${format}\n`;
  return { format: { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: line } } } };
}

function jsonFormat(format: string): MessageInitShape<typeof SubstitutionFormatStringSchema> {
  return { format: { case: 'jsonFormat', value: parseJsonFormat(format) ?? defaultJson } };
}

/** A configured JSON format that cannot be read counts as none, as in Istio. */
function parseJsonFormat(format: string): JsonObject | undefined {
  if (format === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(format);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : undefined;
  } catch {
    // Not JSON: the default format stands in, so that requests are logged at all.
    return undefined;
  }
}
