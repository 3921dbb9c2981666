// JSON merge patch (RFC 7386) and JSON patch (RFC 6902).
import { badRequest } from './api-error.ts';

type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Neither argument is changed; parts that stay are shared. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setField(result, key, mergePatch(result[key], value));
  }
  return result;
}

/** A key named `__proto__` becomes a field like any other instead of the prototype. */
export function setField(object: Fields, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/** Operations in order; the first that does not apply refuses them all. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw badRequest('a JSON patch is a list of operations');
  return operations.reduce((document: unknown, operation: Operation) => applyOperation(document, operation), target);
}

function applyOperation(document: unknown, operation: Operation): unknown {
  const path = pointer(operation.path);
  switch (operation.op) {
    case 'add':
      return change(document, path, 'add', operation.value);
    case 'replace':
      return change(document, path, 'replace', operation.value);
    case 'remove':
      return change(document, path, 'remove', undefined);
    case 'move': {
      const from = pointer(operation.from);
      return change(change(document, from, 'remove', undefined), path, 'add', valueAt(document, from));
    }
    case 'copy':
      return change(document, path, 'add', valueAt(document, pointer(operation.from)));
    case 'test':
      if (JSON.stringify(valueAt(document, path)) === JSON.stringify(operation.value)) return document;
      throw badRequest(`testing path ${String(operation.path)} failed`);
    default:
      throw badRequest(`unknown JSON patch operation ${JSON.stringify(operation.op)}`);
  }
}

function pointer(path: unknown): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw badRequest('a JSON patch needs paths');
  const keys = path.split('/').slice(1);
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) throw missing(path);
    value = Reflect.get(value, key);
  }
  return value;
}

function missing(path: readonly string[]): Error {
  return badRequest(`the path /${path.join('/')} does not exist`);
}

/** A copy of `document` with the change; what lies beside the path is shared. */
function change(
  document: unknown,
  path: readonly string[],
  how: 'add' | 'replace' | 'remove',
  value: unknown,
): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(document)) {
    const index = key === '-' && how === 'add' ? document.length : Number(key);
    const end = rest.length === 0 && how === 'add' ? document.length : document.length - 1;
    if (!Number.isInteger(index) || index < 0 || index > end) throw missing(path);
    if (rest.length > 0) return document.with(index, change(document[index], rest, how, value));
    return how === 'add'
      ? document.toSpliced(index, 0, value)
      : document.toSpliced(index, 1, ...(how === 'remove' ? [] : [value]));
  }
  if (!isFields(document)) throw missing(path);
  const result = { ...document };
  const exists = Object.hasOwn(document, key);
  if (rest.length > 0 ? !exists : how !== 'add' && !exists) throw missing(path);
  if (rest.length > 0) setField(result, key, change(document[key], rest, how, value));
  else if (how === 'remove') delete result[key];
  else setField(result, key, value);
  return result;
}
