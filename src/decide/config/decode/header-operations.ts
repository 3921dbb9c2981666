// Decodes header operations. Pseudo headers and Host are not for them (Envoy's HeaderUtility).
import type { HeaderValueOption } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import type { FormatString } from '../format-string.ts';
import type { HeaderOperations, HeaderToAdd } from '../header-operations.ts';
import { noHeaderOperations } from '../header-operations.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under } from './cursor.ts';
import { formatString } from './format-string.ts';
import { enumName, headerName, headerText } from './value.ts';

const mostItems = 1000;
const mostBytes = 16_384;

interface OperationFields {
  readonly requestHeadersToAdd: readonly HeaderValueOption[];
  readonly requestHeadersToRemove: readonly string[];
  readonly responseHeadersToAdd: readonly HeaderValueOption[];
  readonly responseHeadersToRemove: readonly string[];
}

/** For the four fields that route configurations, virtual hosts, routes and weighted clusters all have. */
export function headerOperations(message: OperationFields, at: Cursor) {
  return {
    requestHeaders: operations(message.requestHeadersToAdd, message.requestHeadersToRemove, at, 'request'),
    responseHeaders: operations(message.responseHeadersToAdd, message.responseHeadersToRemove, at, 'response'),
  };
}

function operations(
  add: readonly HeaderValueOption[],
  remove: readonly string[],
  at: Cursor,
  side: 'request' | 'response',
): HeaderOperations {
  if (add.length === 0 && remove.length === 0) return noHeaderOperations;
  const addAt = under(at, `${side}_headers_to_add`);
  const removeAt = under(at, `${side}_headers_to_remove`);
  if (add.length > mostItems) refuse(addAt, 'out-of-range', `value must contain no more than ${mostItems} item(s)`);
  return {
    add: add.map((option, index) => headerToAdd(option, under(addAt, index))),
    remove: remove.map((name, index) => headerToRemove(name, under(removeAt, index))),
  };
}

function headerToRemove(name: string, at: Cursor): string {
  const lower = headerName(name, at);
  if (!isModifiable(lower)) refuse(at, 'bad-value', ':-prefixed or host headers may not be removed');
  return lower;
}

const actions = {
  [AppendAction.APPEND_IF_EXISTS_OR_ADD]: 'append-if-exists-or-add',
  [AppendAction.ADD_IF_ABSENT]: 'add-if-absent',
  [AppendAction.OVERWRITE_IF_EXISTS_OR_ADD]: 'overwrite-if-exists-or-add',
  [AppendAction.OVERWRITE_IF_EXISTS]: 'overwrite-if-exists',
} as const;

function headerToAdd(option: HeaderValueOption, at: Cursor): HeaderToAdd {
  const where = under(at, 'header');
  if (option.header === undefined) refuse(where, 'missing', 'value is required');
  const keyAt = under(where, 'key');
  const name = headerName(option.header?.key ?? '', keyAt);
  if (!isModifiable(name)) refuse(keyAt, 'bad-value', ':-prefixed or host headers may not be modified');
  if (name.length > mostBytes) refuse(keyAt, 'out-of-range', `value length must be at most ${mostBytes} bytes`);
  return {
    name,
    value: valueOf(option, under(where, 'value')),
    action: actionOf(option, at),
    keepEmptyValue: option.keepEmptyValue,
  };
}

function valueOf({ header }: HeaderValueOption, at: Cursor): FormatString {
  const value = header?.value ?? '';
  const raw = header?.rawValue ?? new Uint8Array();
  if (value !== '' && raw.length > 0) refuse(at, 'conflict', 'only one of value and raw_value may be set');
  if (Math.max(value.length, raw.length) > mostBytes) {
    refuse(at, 'out-of-range', `value length must be at most ${mostBytes} bytes`);
    return formatString('', at);
  }
  return formatString(value === '' ? String.fromCharCode(...raw) : headerText(value, at), at);
}

/** `append` is the older form of `append_action`. */
function actionOf({ append, appendAction }: HeaderValueOption, at: Cursor): HeaderToAdd['action'] {
  const where = under(at, 'append_action');
  if (append === undefined) return enumName(actions, appendAction, where);
  if (appendAction !== AppendAction.APPEND_IF_EXISTS_OR_ADD) {
    refuse(where, 'conflict', "Both append and append_action are set and it's not allowed");
  }
  return append ? 'append-if-exists-or-add' : 'overwrite-if-exists-or-add';
}

function isModifiable(name: string): boolean {
  return !name.startsWith(':') && name !== 'host';
}
