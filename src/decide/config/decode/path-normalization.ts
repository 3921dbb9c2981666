// Decodes how paths and hosts are brought into one form before anything is matched.
import {
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes,
  type HttpConnectionManager as ManagerMessage,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { PathNormalization } from '../http-connection-manager.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under } from './cursor.ts';
import { enumName } from './value.ts';

const escapedSlashes = {
  [EscapedSlashes.IMPLEMENTATION_SPECIFIC_DEFAULT]: 'keep',
  [EscapedSlashes.KEEP_UNCHANGED]: 'keep',
  [EscapedSlashes.REJECT_REQUEST]: 'reject',
  [EscapedSlashes.UNESCAPE_AND_REDIRECT]: 'unescape-and-redirect',
  [EscapedSlashes.UNESCAPE_AND_FORWARD]: 'unescape-and-forward',
} as const;

export function pathNormalization(message: ManagerMessage, at: Cursor): PathNormalization {
  const any = message.stripPortMode.case === 'stripAnyHostPort' && message.stripPortMode.value;
  if (any && message.stripMatchingHostPort) {
    const problem = 'Only one of `strip_matching_host_port` or `strip_any_host_port` can be set.';
    refuse(under(at, 'strip_any_host_port'), 'conflict', problem);
  }
  return {
    normalize: message.normalizePath ?? false,
    mergeSlashes: message.mergeSlashes,
    escapedSlashes: enumName(
      escapedSlashes,
      message.pathWithEscapedSlashesAction,
      under(at, 'path_with_escaped_slashes_action'),
    ),
    stripPort: any ? 'any' : message.stripMatchingHostPort ? 'matching' : 'no',
    stripTrailingHostDot: message.stripTrailingHostDot,
  };
}
