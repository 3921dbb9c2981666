// Makes configuration unchangeable: many requests look at it at once.

/** Freezes plain objects and lists to their depths, once each. Maps and bytes cannot be; their types are readonly. */
export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  const inside: Iterable<unknown> = value instanceof Map ? value.values() : Object.values(value);
  for (const each of inside) deepFreeze(each);
  return value;
}
