// Prints header operations. Host and `:`-headers cannot be set that way in Envoy: the authority comes back for a host rewrite.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HeaderChange, HeaderOperations } from '../../../model/route-table.ts';
import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOptionSchema,
} from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import { isFormatString } from '../format-string.ts';

type HeaderValueOption = MessageInitShape<typeof HeaderValueOptionSchema>;

export interface PrintedHeaders {
  readonly requestHeadersToAdd: HeaderValueOption[];
  readonly requestHeadersToRemove: string[];
  readonly responseHeadersToAdd: HeaderValueOption[];
  readonly responseHeadersToRemove: string[];
}

export function printHeaders(headers: HeaderOperations | undefined): PrintedHeaders {
  return {
    requestHeadersToAdd: additions(headers?.request),
    requestHeadersToRemove: (headers?.request.remove ?? []).filter(isOrdinary),
    responseHeadersToAdd: additions(headers?.response),
    responseHeadersToRemove: (headers?.response.remove ?? []).filter(isOrdinary),
  };
}

/** Envoy applies them in order, so that the second may overrule the first. */
export function joinHeaders(first: PrintedHeaders, second: PrintedHeaders): PrintedHeaders {
  return {
    requestHeadersToAdd: [...first.requestHeadersToAdd, ...second.requestHeadersToAdd],
    requestHeadersToRemove: [...first.requestHeadersToRemove, ...second.requestHeadersToRemove],
    responseHeadersToAdd: [...first.responseHeadersToAdd, ...second.responseHeadersToAdd],
    responseHeadersToRemove: [...first.responseHeadersToRemove, ...second.responseHeadersToRemove],
  };
}

/** The Host that the operations set for the request, `set` before `add`; empty for none. */
export function authorityOf(headers: HeaderOperations | undefined): string {
  const find = (pairs: HeaderChange['set'] = []): string =>
    pairs.findLast(({ name }) => isAuthority(name))?.value ?? '';
  return find(headers?.request.set) || find(headers?.request.add);
}

function additions(change: HeaderChange | undefined): HeaderValueOption[] {
  const print = (pairs: HeaderChange['set'], appendAction: HeaderValueOption['appendAction']): HeaderValueOption[] =>
    pairs
      .filter(({ name }) => isOrdinary(name))
      .map(
        ({ name, value }): HeaderValueOption => ({
          header: { key: name, value: headerValue(value) },
          ...(appendAction && { appendAction }),
        }),
      );
  if (change === undefined) return [];
  return [
    ...print(change.set, AppendAction.OVERWRITE_IF_EXISTS_OR_ADD),
    ...print(change.add, AppendAction.APPEND_IF_EXISTS_OR_ADD),
  ];
}

/** A value with an operator that Envoy does not know is sent as it was written: as a format, it would cost the whole resource. */
function headerValue(value: string): string {
  return isFormatString(value) ? value : value.replaceAll('%', '%%');
}

function isOrdinary(name: string): boolean {
  return !name.startsWith(':') && name.toLowerCase() !== 'host';
}

function isAuthority(name: string): boolean {
  return ['host', ':authority'].includes(name.toLowerCase());
}
