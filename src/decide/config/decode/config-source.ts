// Where a resource comes from that another one names: for us always the one stream.
import { ApiVersion, type ConfigSource } from '../../../proto/gen/envoy/config/core/v3/config_source_pb.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';

export function checkConfigSource(source: ConfigSource | undefined, at: Cursor): void {
  const by = source?.configSourceSpecifier.case;
  if (source === undefined) refuse(at, 'missing', 'value is required');
  else if (by === undefined) refuse(under(at, 'config_source_specifier'), 'missing', 'value is required');
  else if (source.resourceApiVersion > ApiVersion.V3 || source.resourceApiVersion < 0) {
    refuse(under(at, 'resource_api_version'), 'bad-enum', 'value must be one of the defined enum values');
  } else if (by !== 'ads' && by !== 'self') notYet(at, 'any source of configuration but the ADS stream');
}
