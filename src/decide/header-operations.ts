// Applies header operations: removals, then overwrites, then additions. All values are made before anything is changed.
import type { HeaderOperations, HeaderToAdd } from './config/header-operations.ts';
import type { FormatContext } from './format/format-context.ts';
import { formatHeaderValue } from './format/format-text.ts';
import type { HeaderMap } from './header-map.ts';
import { appendHeader, singleInRequests, singleInResponses } from './single-headers.ts';

export function changeRequestHeaders(operations: HeaderOperations, headers: HeaderMap, context: FormatContext): void {
  apply(operations, headers, context, singleInRequests);
}

export function changeResponseHeaders(operations: HeaderOperations, headers: HeaderMap, context: FormatContext): void {
  apply(operations, headers, context, singleInResponses);
}

function apply(
  { add, remove }: HeaderOperations,
  headers: HeaderMap,
  context: FormatContext,
  single: ReadonlySet<string>,
): void {
  for (let at = 0; at < remove.length; at++) headers.remove(remove[at]!);
  if (add.length === 0) return;
  const values: (string | undefined)[] = [];
  for (let at = 0; at < add.length; at++) values.push(valueOf(add[at]!, headers, context));
  for (let at = 0; at < add.length; at++) {
    const value = values[at];
    if (value !== undefined && isOverwrite(add[at]!)) headers.set(add[at]!.name, value);
  }
  for (let at = 0; at < add.length; at++) {
    const value = values[at];
    if (value !== undefined && !isOverwrite(add[at]!)) appendHeader(headers, add[at]!.name, value, single);
  }
}

/** undefined where the operation does not apply. */
function valueOf(operation: HeaderToAdd, headers: HeaderMap, context: FormatContext): string | undefined {
  if (operation.action === 'add-if-absent' && headers.has(operation.name)) return undefined;
  if (operation.action === 'overwrite-if-exists' && !headers.has(operation.name)) return undefined;
  const value = formatHeaderValue(operation.value, context);
  return value === '' && !operation.keepEmptyValue ? undefined : value;
}

function isOverwrite({ action }: HeaderToAdd): boolean {
  return action === 'overwrite-if-exists-or-add' || action === 'overwrite-if-exists';
}
