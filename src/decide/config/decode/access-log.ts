// Decodes access logs: the file, the format, the filter.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import {
  AccessLogSchema,
  type AccessLog as LogMessage,
} from '../../../proto/gen/envoy/config/accesslog/v3/accesslog_pb.ts';
import {
  SubstitutionFormatStringSchema,
  type SubstitutionFormatString,
} from '../../../proto/gen/envoy/config/core/v3/substitution_format_string_pb.ts';
import type { FileAccessLog } from '../../../proto/gen/envoy/extensions/access_loggers/file/v3/file_pb.ts';
import type { AccessLog, AccessLogFormat, JsonFormat, JsonFormatObject } from '../access-log.ts';
import { accessLogFilter } from './access-log-filter.ts';
import { unpack } from './any-types.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { formatString } from './format-string.ts';
import { knownFields } from './known-fields.ts';
import { latin1 } from './latin1.ts';
import { requireText } from './value.ts';

const checkLog = knownFields(AccessLogSchema, { read: ['filter', 'configType'], harmless: ['name'] });
/** JSON's fields are always sorted (since Envoy 1.33); a content type is for replies. */
const checkFormat = knownFields(SubstitutionFormatStringSchema, {
  read: ['format', 'omitEmptyValues'],
  harmless: ['contentType', 'jsonFormatOptions'],
});

/** Envoy's own, where none is set ("Default format string"). */
const defaultFormat =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
  '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n';

export function accessLogs(messages: readonly LogMessage[], at: Cursor): AccessLog[] {
  const logs: AccessLog[] = [];
  for (const [index, message] of messages.entries()) {
    const log = accessLog(message, under(at, index));
    if (log !== undefined) logs.push(log);
  }
  return logs;
}

function accessLog(message: LogMessage, at: Cursor): AccessLog | undefined {
  checkLog(message, at);
  const filter = message.filter && accessLogFilter(message.filter, under(at, 'filter'));
  const where = under(at, 'typed_config');
  const extension = unpack(message.configType.value, 'access log', where);
  if (extension === undefined) return undefined;
  return {
    path: requireText(extension.path, under(where, 'path')),
    format: fileFormat(extension, where),
    filter,
  };
}

function fileFormat({ accessLogFormat: by }: FileAccessLog, at: Cursor): AccessLogFormat {
  switch (by.case) {
    case 'logFormat':
      return logFormat(by.value, under(at, 'log_format'));
    case 'format':
      return text(by.value === '' ? defaultFormat : by.value, under(at, 'format'), false);
    case 'jsonFormat':
      return json(by.value, under(at, 'json_format'), false);
    case 'typedJsonFormat':
      return json(by.value, under(at, 'typed_json_format'), false);
    case undefined:
      return text(defaultFormat, at, false);
  }
}

function logFormat(message: SubstitutionFormatString, at: Cursor): AccessLogFormat {
  checkFormat(message, at);
  const { format: by, omitEmptyValues } = message;
  switch (by.case) {
    case 'textFormat':
      return text(by.value, under(at, 'text_format'), omitEmptyValues);
    case 'jsonFormat':
      return json(by.value, under(at, 'json_format'), omitEmptyValues);
    case 'textFormatSource': {
      const where = under(at, 'text_format_source');
      if (by.value.specifier.case === 'inlineString') return text(by.value.specifier.value, where, omitEmptyValues);
      notYet(where, 'a format that is not inline');
      return text('', where, omitEmptyValues);
    }
    case undefined:
      refuse(under(at, 'format'), 'missing', 'value is required');
      return text('', at, omitEmptyValues);
  }
}

function text(source: string, at: Cursor, omitEmpty: boolean): AccessLogFormat {
  return { kind: 'text', format: formatString(latin1(source), at, 'missing'), omitEmpty };
}

function json(struct: JsonObject, at: Cursor, omitEmpty: boolean): AccessLogFormat {
  return { kind: 'json', root: jsonObject(struct, at), omitEmpty };
}

function jsonObject(struct: JsonObject, at: Cursor): JsonFormatObject {
  const names = Object.keys(struct).toSorted();
  const fields = names.map((name) => [name, jsonFormat(struct[name] ?? null, under(at, name))] as const);
  return { kind: 'object', fields };
}

function jsonFormat(value: JsonValue, at: Cursor): JsonFormat {
  if (typeof value === 'string') return { kind: 'format', format: formatString(latin1(value), at, 'missing') };
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item, index) => jsonFormat(item, under(at, index))) };
  }
  if (value !== null && typeof value === 'object') return jsonObject(value, at);
  return { kind: 'literal', value };
}
