// Makes configuration unchangeable: many requests look at it at once.

/** Freezes plain objects and lists to their depths, once each. Maps and bytes cannot be; their types are readonly. */
export function deepFreeze<T>(value: T): T {
  freeze(value);
  return value;
}

function freeze(value: unknown): void {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  if (Array.isArray(value) || value instanceof Map) for (const each of value.values()) freeze(each);
  else for (const name in value) freeze((value as Readonly<Record<string, unknown>>)[name]);
}
